// Triggered by: the schedule of `dashboard-information` in retention-policy.yml.
import { purgeHandler } from '../lib/lambda/purge-handler.ts';

export const handler = purgeHandler('dashboard-information');
