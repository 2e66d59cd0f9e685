// Triggered by: the schedule of `console-configuration` in retention-policy.yml.
import { purgeHandler } from '../lib/lambda/purge-handler.ts';

export const handler = purgeHandler('console-configuration');
