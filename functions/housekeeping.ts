// Triggered by: its own schedule, once a day.
import { housekeepingHandler } from '../lib/lambda/housekeeping-handler.ts';

export const handler = housekeepingHandler();
