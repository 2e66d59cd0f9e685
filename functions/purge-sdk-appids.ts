// Triggered by: the schedule of `sdk-appids` in retention-policy.yml.
import { purgeHandler } from '../lib/lambda/purge-handler.ts';

export const handler = purgeHandler('sdk-appids');
