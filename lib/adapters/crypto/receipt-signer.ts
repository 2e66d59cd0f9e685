import { createHash } from 'node:crypto';
import type { Receipt } from '../../erasure/receipts/receipt.ts';
import type { KeyRing } from '../../erasure/subjects/key-ring.ts';
import { assertReceipt } from './invalid-receipt.ts';
import { ALGORITHM, canonicalText, signCanonical } from './sign-canonical.ts';

/** The `typ` of a receipt's protected header. It distinguishes receipts from anything else that we sign. */
export const RECEIPT_TYP = 'es-retention-receipt+jws';
/** The `alg` of a receipt's protected header (RFC 8037). */
export const RECEIPT_ALGORITHM = ALGORITHM;

/** A receipt's canonical JSON (RFC 8785): equal receipts always have the same text. */
export const canonicalReceipt = canonicalText;

/**
 * Signs a receipt with the current signing key: a compact JWS over its canonical JSON.
 * @throws InvalidReceipt `bad-receipt` if it would not verify.
 */
export const signReceipt = async (receipt: Receipt, ring: Pick<KeyRing, 'signing'>): Promise<string> =>
  signCanonical(assertReceipt(receipt), RECEIPT_TYP, ring.signing);

/** The hash by which a later receipt refers to this one: SHA-256, in hex, of the JWS as text. */
export const receiptHash = (jws: string): string => createHash('sha256').update(jws).digest('hex');
