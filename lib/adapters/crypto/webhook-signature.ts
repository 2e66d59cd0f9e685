import { createHmac, timingSafeEqual } from 'node:crypto';
import { InputError } from '../../base/errors.ts';
import type { Instant } from '../../policy/time/instant.ts';

/** The keys that a sender may sign with, as bytes. There are several during a rotation. */
export type WebhookSecrets = readonly Uint8Array[];

/** A request whose sender or time cannot be trusted. */
export class SignatureError extends InputError {}

interface SignedRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The bytes exactly as they were received. */
  readonly body: Uint8Array;
}

interface SignedHeaders {
  readonly id: string;
  /** Seconds since the epoch, in decimal digits. */
  readonly timestamp: string;
  readonly signatures: readonly string[];
}

const TOLERANCE_SECONDS = 5 * 60;
const HEADERS = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;

const refuse = (code: string, expected: string, found: string): never => {
  throw new SignatureError(code, {
    expected,
    found,
    fix: 'Check the secret and the clock of the sender, and anything on the way that rewrites the body.',
  });
};

const signedHeaders = (headers: SignedRequest['headers']): SignedHeaders => {
  const byName = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const [id, timestamp, signature] = HEADERS.map((name) => byName.get(name));
  if (!id || !timestamp || !signature) return refuse('unsigned', `the headers ${HEADERS.join(', ')}`, 'fewer');
  return { id, timestamp, signatures: signaturesIn(signature) };
};

/**
 * The signatures in one header. The specification separates them by spaces. Repeated headers are joined by commas, but
 * a comma is also part of a signature: `v1,one,v1,two`.
 */
const signaturesIn = (header: string): readonly string[] => {
  const parts = header.split(/[\s,]+/);
  return parts.flatMap((scheme, at) => (scheme === 'v1' ? [`v1,${parts[at + 1] ?? ''}`] : []));
};

const refuseStale = (timestamp: string, now: Instant): void => {
  const age = /^\d{1,12}$/.test(timestamp) ? Math.floor(now / 1000) - Number(timestamp) : Number.NaN;
  if (!(Math.abs(age) <= TOLERANCE_SECONDS))
    refuse(
      'stale-timestamp',
      `a webhook-timestamp within ${TOLERANCE_SECONDS} seconds of our clock`,
      Number.isNaN(age) ? 'no number of seconds' : `one ${Math.abs(age)} seconds ${age > 0 ? 'behind' : 'ahead of'} it`,
    );
};

/** `v1,` and the HMAC-SHA256 in base64. It never equals a signature of another scheme. */
const signatureBy = (secret: Uint8Array, { id, timestamp }: SignedHeaders, body: Uint8Array): Buffer =>
  Buffer.from(`v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest('base64')}`);

const isEqual = (expected: Buffer, written: string): boolean => {
  const bytes = Buffer.from(written);
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
};

/**
 * Checks that a request was signed with one of the secrets within five minutes of now, as Standard Webhooks 1.0
 * specifies: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md The
 * `standardwebhooks` package is not used: it reads the clock itself and decodes the body before hashing it. Tests
 * compare our signatures with those of the package.
 * @returns the `webhook-id`. Its content is not checked.
 * @throws SignatureError (an InputError) `unsigned`, `stale-timestamp`, `wrong-signature`
 */
export const verifySignature = ({ headers, body }: SignedRequest, secrets: WebhookSecrets, now: Instant): string => {
  const signed = signedHeaders(headers);
  refuseStale(signed.timestamp, now);
  const expected = secrets.map((secret) => signatureBy(secret, signed, body));
  if (!expected.some((each) => signed.signatures.some((written) => isEqual(each, written))))
    refuse('wrong-signature', 'a webhook-signature by one of our secrets over exactly this body', 'none');
  return signed.id;
};
