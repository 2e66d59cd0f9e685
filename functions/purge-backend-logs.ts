// Triggered by: the schedule of `backend-logs` in retention-policy.yml.
import { purgeHandler } from '../lib/lambda/purge-handler.ts';

export const handler = purgeHandler('backend-logs');
