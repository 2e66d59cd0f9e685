import { keyedDigest } from './digest.ts';
import type { KeyRing } from './key-ring.ts';
import type { ReadEntry } from './ledger.ts';
import type { Closure, LedgerEntry } from './ledger-entry.ts';
import { openingOf } from './sealed-opening.ts';

const PURPOSE = 'es-retention/receipt-id/1';

/** One closure of one entry: what a receipt is issued for. */
export interface ClosedRequest {
  readonly read: ReadEntry;
  readonly closure: Closure;
}

/**
 * The id of a closure's receipt: the same for every try, and another in every category. Undefined for a closure that has none: its opening
 * does not open for this entry, so that somebody else wrote it, or the version of the subject key is gone.
 */
export type ReceiptIdOf = (entry: LedgerEntry, closure: Closure) => string | undefined;

/**
 * Ids under the versions of the subject key. Nobody without it can tell one in advance, and put something else in the receipt's place:
 * receipts are created once, and never changed.
 */
export const receiptIdsBy =
  (ring: Pick<KeyRing, 'subject'>): ReceiptIdOf =>
  (entry, closure) => {
    const { category, trigger, subject } = entry;
    const key = ring.subject.keys.get(subject.kid);
    if (key === undefined || openingOf(entry, closure, ring) === undefined) return undefined;
    return keyedDigest(key, 'hex', PURPOSE, category, subject.hash, trigger, closure.obligation.terminatedAt);
  };
