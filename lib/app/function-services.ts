import { eventBridgePublisher } from '../adapters/aws/event-bridge.ts';
import { forgetSecrets, withSecret } from '../adapters/aws/secrets.ts';
import type { WebhookSecrets } from '../adapters/crypto/webhook-signature.ts';
import { readEventBus, readWebhookSecrets } from '../adapters/environment/configuration.ts';
import type { EventPublisher } from '../erasure/events/event-publisher.ts';

/**
 * Reads the secrets that sign webhooks, from `WEBHOOK_SECRETS` or from the secret that `WEBHOOK_SECRETS_SECRET` names.
 * @throws InputError `bad-webhook-secrets`, `no-secret`; TransientError `secrets-unavailable`.
 */
export const fetchWebhookSecrets = async (): Promise<WebhookSecrets> =>
  readWebhookSecrets(await withSecret('WEBHOOK_SECRETS'));

/**
 * Drops cached webhook secrets, so that a rotated secret is fetched again.
 * @param before epoch milliseconds; only secrets fetched before this instant are dropped. Absent: all.
 * @returns whether there were any.
 */
export const forgetOldSecrets = (before?: number): boolean => forgetSecrets(before);

/**
 * Opens the bus that `EVENT_BUS_NAME` names.
 * @param timeout milliseconds for each attempt to publish.
 * @throws InputError `no-bus-named`, `plain-http`, `certificates-unchecked`
 */
export const openBus = (timeout: number): EventPublisher => eventBridgePublisher(readEventBus(), timeout);
