import type { ReadEntry } from '../ledger/ledger.ts';
import type { Closure, LedgerEntry } from '../ledger/ledger-entry.ts';
import { keyedDigest } from '../subjects/digest.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';
import { openingOf, provenOpening } from './sealed-opening.ts';

const PURPOSE = 'es-retention/receipt-id/1';

/** One closure of one entry: what a receipt is issued for. */
export interface ClosedRequest {
  readonly read: ReadEntry;
  readonly closure: Closure;
}

/**
 * The id of a closure's receipt: the same for every try, and another in every category. Undefined for a closure that has none: its opening
 * does not open for this entry and all that the closure says, so that somebody else wrote it, an earlier version, or the version of the
 * subject key is gone.
 */
export type ReceiptIdOf = (entry: LedgerEntry, closure: Closure) => string | undefined;

/**
 * Ids under the versions of the subject key. Nobody without it can tell one in advance, and put something else in the receipt's place:
 * receipts are created once, and never changed.
 */
export const receiptIdsBy =
  (ring: SubjectKeys): ReceiptIdOf =>
  (entry, closure) =>
    provenOpening(entry, closure, ring) === undefined ? undefined : receiptIdIn(entry, closure, ring);

/** The same of closures that an earlier version wrote, too: for receipts that are issued, of which the id tells whose they are. */
export const issuedIdsBy =
  (ring: SubjectKeys): ReceiptIdOf =>
  (entry, closure) =>
    openingOf(entry, closure, ring) === undefined ? undefined : receiptIdIn(entry, closure, ring);

/** The id under which the receipt of a closure stands, if it has one, whoever wrote the closure. */
const receiptIdIn = (
  { category, trigger, subject }: LedgerEntry,
  { obligation }: Closure,
  ring: SubjectKeys,
): string | undefined => {
  const key = ring.subject.keys.get(subject.kid);
  return key && keyedDigest(key, 'hex', PURPOSE, category, subject.hash, trigger, obligation.terminatedAt);
};
