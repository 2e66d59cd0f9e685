import { compactVerify } from 'jose';
import * as z from 'zod';
import { repeatedKey } from '../../erasure/intake/duplicate-keys.ts';
import type { Receipt } from '../../erasure/receipts/receipt.ts';
import { RECEIPT_TYPE } from '../../erasure/receipts/receipt-schema.ts';
import { assertReceipt, describeIssues, InvalidReceipt } from './invalid-receipt.ts';
import { kidOfPublicKey, parsePublicKey } from './public-key.ts';
import { canonicalReceipt, RECEIPT_ALGORITHM, RECEIPT_TYP } from './receipt-signer.ts';

/** A receipt with a valid signature. */
export interface VerifiedReceipt {
  readonly kid: string;
  readonly receipt: Receipt;
}

const ASK = 'Ask whoever issued it for the receipt as it was issued.';

const invalid = (code: string, expected: string, found: string, fix = ASK): InvalidReceipt => {
  return new InvalidReceipt(code, { expected, found, fix });
};

/** The same bytes have several base64url spellings, but only one of them was issued. */
const decodePart = (part: string): Buffer => {
  const bytes = Buffer.from(part, 'base64url');
  if (part !== '' && bytes.toString('base64url') === part) return bytes;
  const found = /\s/.test(part) ? 'spaces or line ends within it, as mail programs make them' : 'something else';
  throw invalid('not-a-receipt', 'a compact JWS: three parts of base64url with dots between', found);
};

const textOf = (bytes: Buffer): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
};

const jsonOf = (bytes: Buffer, what: string): unknown => {
  try {
    return JSON.parse(textOf(bytes) ?? '');
  } catch {
    throw invalid('not-a-receipt', `${what} that is JSON`, 'something else');
  }
};

/** If a parameter is repeated, some readers use the first and others the last (RFC 7515, 4). */
const headerOf = (bytes: Buffer): unknown => {
  const json = jsonOf(bytes, 'a header');
  if (repeatedKey(bytes.toString()) !== undefined)
    throw invalid('wrong-header', 'every parameter once in its header', 'one of them twice');
  return json;
};

const KEYS_INSIDE = ['jwk', 'jku', 'x5c', 'x5u', 'x5t', 'x5t#S256'];
const headerSchema = z.strictObject({
  alg: z.literal(RECEIPT_ALGORITHM),
  kid: z.string().min(1),
  typ: z.literal(RECEIPT_TYP),
});
const anyHeader = z.record(z.string(), z.unknown());

const checkHeader = (json: unknown): string => {
  const header: Readonly<Record<string, unknown>> = anyHeader.safeParse(json).data ?? {};
  const keyInside = KEYS_INSIDE.find((name) => name in header);
  if (keyInside !== undefined)
    throw invalid(
      'embedded-key',
      'no key in the receipt',
      `one under "${keyInside}"`,
      'A key inside the file proves nothing: whoever forged the file would have put theirs there.',
    );
  if (header.alg !== RECEIPT_ALGORITHM)
    throw invalid(
      'wrong-algorithm',
      `a signature by ${RECEIPT_ALGORITHM}`,
      `alg ${JSON.stringify(header.alg) ?? 'missing'}`,
    );
  const parsed = headerSchema.safeParse(header);
  if (!parsed.success)
    throw invalid(
      'wrong-header',
      `alg, kid, typ "${RECEIPT_TYP}" and nothing more in its header`,
      describeIssues(parsed.error),
    );
  return parsed.data.kid;
};

const checkSignature = async (jws: string, publicKey: string, kid: string): Promise<void> => {
  const key = parsePublicKey(publicKey);
  try {
    await compactVerify(jws, key, { algorithms: [RECEIPT_ALGORITHM] });
  } catch {
    throw invalid(
      'bad-signature',
      'a signature by the private half of this public key',
      'none: the receipt was altered, or signed by another key',
      `Take the public key that its issuer calls ${JSON.stringify(kid)}, as the receipt's header does, and see that the file is complete.`,
    );
  }
};

/** If a public key has a name, it must be the one in the receipt. */
const checkKid = (kid: string, publicKey: string): void => {
  const named = kidOfPublicKey(publicKey);
  if (named !== undefined && named !== kid)
    throw invalid(
      'wrong-kid',
      `a receipt signed as ${JSON.stringify(named)}, as the public key calls itself`,
      `one signed as ${JSON.stringify(kid)}`,
      'Ask its issuer which of the two names is right: the key is the one that signed.',
    );
};

/** Half of a surrogate pair and an infinite number have no canonical form. */
const canonicalText = (json: unknown): string | undefined => {
  try {
    return canonicalReceipt(json);
  } catch {
    return undefined;
  }
};

const checkPayload = (bytes: Buffer): Receipt => {
  const json = jsonOf(bytes, 'a payload');
  if (canonicalText(json) !== textOf(bytes))
    throw invalid('not-canonical', 'a payload in canonical JSON (RFC 8785)', 'another spelling of it');
  const type = typeof json === 'object' && json !== null && 'type' in json ? json.type : undefined;
  if (type !== RECEIPT_TYPE)
    throw invalid(
      'unknown-receipt-type',
      `type "${RECEIPT_TYPE}"`,
      JSON.stringify(type) ?? 'none',
      'A newer es-retention may know it.',
    );
  return assertReceipt(json);
};

/**
 * Verifies a receipt with a public key that was obtained separately. Needs no network, policy or cluster.
 * @param jws the compact JWS, without anything around it.
 * @param publicKey SPKI PEM, or the JSON of a JWK.
 * @throws InvalidReceipt `not-a-receipt`, `embedded-key`, `wrong-algorithm`, `wrong-header`, `bad-signature`,
 *   `wrong-kid`, `not-canonical`, `unknown-receipt-type`, `bad-receipt`
 * @throws InputError `bad-public-key`
 */
export const verifyReceipt = async (jws: string, publicKey: string): Promise<VerifiedReceipt> => {
  const parts = jws.split('.').map(decodePart);
  const [header, payload] = parts;
  if (header === undefined || payload === undefined || parts.length !== 3)
    throw invalid(
      'not-a-receipt',
      'a compact JWS: three parts of base64url with dots between',
      `${parts.length} parts`,
    );
  const kid = checkHeader(headerOf(header));
  await checkSignature(jws, publicKey, kid);
  checkKid(kid, publicKey);
  return { kid, receipt: checkPayload(payload) };
};
