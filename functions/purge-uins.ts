// Triggered by: the schedule of `uins` in retention-policy.yml.
import { purgeHandler } from '../lib/lambda/purge-handler.ts';

export const handler = purgeHandler('uins');
