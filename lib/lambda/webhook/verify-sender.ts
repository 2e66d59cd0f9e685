import { SignatureError, verifySignature } from '../../adapters/crypto/webhook-signature.ts';
import { fetchWebhookSecrets, forgetOldSecrets } from '../../app/function-services.ts';
import type { Instant } from '../../policy/time/instant.ts';

/**
 * A wrong signature makes us fetch the secrets again, unless they are younger than this (milliseconds). Anybody can
 * send wrong signatures, and each fetch costs money and time.
 */
const FRESH_MILLISECONDS = 60_000;

/**
 * Verifies the sender of a request. The secret may have been rotated since it was fetched; then it is fetched again, at
 * most once a minute.
 * @param message the headers, and the signed bytes.
 * @param now epoch milliseconds.
 * @returns the `webhook-id`. Its content is not checked.
 * @throws SignatureError `unsigned`, `stale-timestamp`, `wrong-signature`; InputError `bad-webhook-secrets`,
 *   `no-secret`; TransientError `secrets-unavailable`.
 */
export const verifySender = async (message: Parameters<typeof verifySignature>[0], now: Instant): Promise<string> => {
  const verify = async () => verifySignature(message, await fetchWebhookSecrets(), now);
  try {
    return await verify();
  } catch (error) {
    const isRotated =
      error instanceof SignatureError &&
      error.code === 'wrong-signature' &&
      forgetOldSecrets(Date.now() - FRESH_MILLISECONDS);
    if (!isRotated) throw error;
    return verify();
  }
};
