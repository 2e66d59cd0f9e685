import { createPublicKey, type KeyObject } from 'node:crypto';
import { signReceipt } from '../../../lib/adapters/crypto/receipt-signer.ts';
import { buildReceipt, type ReceiptFacts } from '../../../lib/erasure/receipts/receipt.ts';
import { newRing, ringOf } from '../erasure/key-ring-text.ts';
import { receiptFacts } from './receipt-facts.ts';

/** A ring of this process, with the versions `old` and `new`. */
const signingRing = ringOf(newRing());

export const privateKeyOf = (kid: string): KeyObject => signingRing.signing.keys.get(kid) as KeyObject;

export const publicPem = (kid = 'new'): string =>
  String(createPublicKey(privateKeyOf(kid)).export({ type: 'spki', format: 'pem' }));

/** A receipt signed under `new`. */
export const signedReceipt = (changes: Partial<ReceiptFacts> = {}): Promise<string> =>
  signReceipt(buildReceipt(receiptFacts(changes)), signingRing);
