import { createHash, sign } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Receipt } from '../../erasure/receipts/receipt.ts';
import { currentKey, type KeyRing } from '../../erasure/subjects/key-ring.ts';
import { assertReceipt } from './invalid-receipt.ts';

/** The `typ` of a receipt's protected header. It distinguishes receipts from anything else that we sign. */
export const RECEIPT_TYP = 'es-retention-receipt+jws';
/** The `alg` of a receipt's protected header (RFC 8037). */
export const RECEIPT_ALGORITHM = 'EdDSA';

/** A receipt's canonical JSON (RFC 8785): equal receipts always have the same text. */
export const canonicalReceipt = (receipt: unknown): string => canonicalize(receipt) ?? '';

/**
 * Signs a receipt with the current signing key: a compact JWS over its canonical JSON.
 * @throws InvalidReceipt `bad-receipt` if it would not verify.
 */
export const signReceipt = async (receipt: Receipt, ring: Pick<KeyRing, 'signing'>): Promise<string> => {
  const { kid, key } = currentKey(ring.signing);
  const encoded = (text: string): string => Buffer.from(text).toString('base64url');
  const header = encoded(JSON.stringify({ alg: RECEIPT_ALGORITHM, kid, typ: RECEIPT_TYP }));
  const signed = `${header}.${encoded(canonicalReceipt(assertReceipt(receipt)))}`;
  // Node signs in a third of the processor time that jose needs. Whoever verifies a receipt does it with jose.
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
};

/** The hash by which a later receipt refers to this one: SHA-256, in hex, of the JWS as text. */
export const receiptHash = (jws: string): string => createHash('sha256').update(jws).digest('hex');
