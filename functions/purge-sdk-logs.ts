// Triggered by: the schedule of `sdk-logs` in retention-policy.yml.
import { purgeHandler } from '../lib/lambda/purge-handler.ts';

export const handler = purgeHandler('sdk-logs');
