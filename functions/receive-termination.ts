// Triggered by: a POST of the account system, over an HTTP API or a function URL.
import { terminationWebhook } from '../lib/lambda/webhook/termination-webhook.ts';

export const handler = terminationWebhook();
