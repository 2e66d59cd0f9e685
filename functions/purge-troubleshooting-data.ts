// Triggered by: the schedule of `troubleshooting-data` in retention-policy.yml.
import { purgeHandler } from '../lib/lambda/purge-handler.ts';

export const handler = purgeHandler('troubleshooting-data');
