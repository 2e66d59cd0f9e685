// Triggered by: its own schedule, once an hour.
import { auditHandler } from '../lib/lambda/audit-handler.ts';

export const handler = auditHandler();
