import { eventBridgePublisher } from '../adapters/aws/event-bridge.ts';
import { forgetSecrets, withSecret } from '../adapters/aws/secrets.ts';
import type { WebhookSecrets } from '../adapters/crypto/webhook-signature.ts';
import { readEventBus, readWebhookSecrets } from '../adapters/environment/configuration.ts';
import type { EventPublisher } from '../erasure/events/event-publisher.ts';

/**
 * What webhooks are signed with, from `WEBHOOK_SECRETS`, or the secret that `WEBHOOK_SECRETS_SECRET` names.
 * @throws InputError `bad-webhook-secrets`, `no-secret`; TransientError `secrets-unavailable`.
 */
export const fetchWebhookSecrets = async (): Promise<WebhookSecrets> =>
  readWebhookSecrets(await withSecret('WEBHOOK_SECRETS'));

/**
 * Forgets the secrets that were fetched before an instant (all, without one): one was rotated, and the old one is refused.
 * @returns whether there were any.
 */
export const forgetOldSecrets = (before?: number): boolean => forgetSecrets(before);

/**
 * The bus that `EVENT_BUS_NAME` names.
 * @param timeout milliseconds for each try to publish.
 * @throws InputError `no-bus-named`, `plain-http`, `certificates-unchecked`
 */
export const openBus = (timeout: number): EventPublisher => eventBridgePublisher(readEventBus(), timeout);
