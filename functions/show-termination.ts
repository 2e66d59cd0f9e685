// Triggered by: a GET of the account system, over an HTTP API. It answers what became of one message.
import { showTermination } from '../lib/lambda/webhook/show-termination.ts';

export const handler = showTermination();
