import { createPrivateKey, createSecretKey, sign as signBytes } from 'node:crypto';
import {
  canonicalReceipt,
  RECEIPT_ALGORITHM,
  RECEIPT_TYP,
  receiptHash,
} from '../../lib/adapters/crypto/receipt-signer.ts';
import type { Receipt } from '../../lib/erasure/receipts/receipt.ts';
import type { KeyRing } from '../../lib/erasure/subjects/key-ring.ts';

const KID = 'simulation';
const bytes = Buffer.alloc(32, 'always the same key');
/** The beginning of an Ed25519 key in PKCS#8. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

const signingKey = createPrivateKey({ key: Buffer.concat([PKCS8, bytes]), format: 'der', type: 'pkcs8' });
const secret = createSecretKey(bytes);

/** Keys that are the same in every run. */
export const RING: KeyRing = {
  subject: { current: KID, keys: new Map([[KID, secret]]) },
  signing: { current: KID, keys: new Map([[KID, signingKey]]) },
  archive: { current: KID, keys: new Map([[KID, secret]]) },
};

const base64url = (text: string): string => Buffer.from(text).toString('base64url');
const HEADER = base64url(JSON.stringify({ alg: RECEIPT_ALGORITHM, kid: KID, typ: RECEIPT_TYP }));

/** The same as `signReceipt`, at once: a simulation has no threads. */
export const signAtOnce = (receipt: Receipt): { readonly jws: string; readonly hash: string } => {
  const signed = `${HEADER}.${base64url(canonicalReceipt(receipt))}`;
  const jws = `${signed}.${signBytes(null, Buffer.from(signed), signingKey).toString('base64url')}`;
  return { jws, hash: receiptHash(jws) };
};
