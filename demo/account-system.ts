import { randomBytes } from 'node:crypto';
import { signedHeaders } from '../test/support/signed-webhook.ts';
import type { Message } from './account-messages.ts';

/** A secret as Standard Webhooks writes it. */
export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/**
 * Signs a message and sends it over HTTP.
 * @returns the status of the answer.
 */
export const sendWebhook = async (url: string, { id, type, data }: Message, secret: string): Promise<number> => {
  const now = Date.now();
  const body = JSON.stringify({ type, timestamp: new Date(now).toISOString(), data });
  const headers = { 'content-type': 'application/json', ...signedHeaders(body, { secret, id, at: now }) };
  const response = await fetch(url, { method: 'POST', headers, body });
  await response.body?.cancel();
  return response.status;
};
