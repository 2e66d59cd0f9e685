import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Instant } from '../../policy/time/instant.ts';
import { InputError } from '../../purge/errors.ts';

/** The keys that a sender may sign with, as bytes. Several at once while they are rotated. */
export type WebhookSecrets = readonly Uint8Array[];

/** A request that is not known to come from the sender, or not to be fresh. */
export class SignatureError extends InputError {}

interface SignedRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** As it came over the wire. */
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
    fix: 'Look at the sender: its secret, its clock, and anything between that rewrites the body.',
  });
};

const signedHeaders = (headers: SignedRequest['headers']): SignedHeaders => {
  const byName = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const [id, timestamp, signature] = HEADERS.map((name) => byName.get(name));
  if (!id || !timestamp || !signature) return refuse('unsigned', `the headers ${HEADERS.join(', ')}`, 'fewer');
  return { id, timestamp, signatures: signaturesIn(signature) };
};

/**
 * The signatures of one header. The specification puts blanks between them; what joins repeated headers puts commas, which stand
 * within a signature too: `v1,one,v1,two`.
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

/** `v1,` and the HMAC-SHA256 in base64: a signature of any other scheme equals none of these. */
const signatureBy = (secret: Uint8Array, { id, timestamp }: SignedHeaders, body: Uint8Array): Buffer =>
  Buffer.from(`v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest('base64')}`);

const isEqual = (expected: Buffer, written: string): boolean => {
  const bytes = Buffer.from(written);
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
};

/**
 * Finds out whether a request was signed with one of the secrets within five minutes of now, as Standard Webhooks 1.0
 * says: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md. The `standardwebhooks`
 * package reads the clock itself and decodes the body before it hashes it; tests hold us to its signatures.
 * @returns the `webhook-id`. What it is made of has not been looked at.
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
