import type { ReadEntry } from '../ledger/ledger.ts';
import type { Closure, LedgerEntry } from '../ledger/ledger-entry.ts';
import { openingOf, provenOpening } from '../ledger/sealed-opening.ts';
import { digest, keyedDigest } from '../subjects/digest.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';

const PURPOSE = 'es-retention/receipt-id/1';

/** One closure of one entry. A receipt is issued for it. */
export interface ClosedRequest {
  readonly read: ReadEntry;
  readonly closure: Closure;
}

/**
 * The id of a closure's receipt: the same for every try, and different in every category. Undefined for a closure that
 * gets no receipt, because its opening is not bound to this entry and to the whole closure. Then somebody else or an
 * earlier version wrote it, or its key version is gone.
 */
export type ReceiptIdOf = (entry: LedgerEntry, closure: Closure) => string | undefined;

/**
 * Makes receipt ids with the versions of the subject key. Receipts are created once and never changed, but without the
 * key nobody can predict an id and occupy it.
 */
export const receiptIdsBy =
  (keys: SubjectKeys): ReceiptIdOf =>
  (entry, closure) =>
    provenOpening(entry, closure, keys) === undefined ? undefined : receiptIdIn(entry, closure, keys);

/**
 * Makes the ids of issued receipts, also for closures of an earlier version: the id of a receipt shows to whom it
 * belongs.
 */
export const issuedIdsBy =
  (keys: SubjectKeys): ReceiptIdOf =>
  (entry, closure) =>
    openingOf(entry, closure, keys) === undefined ? undefined : receiptIdIn(entry, closure, keys);

/** The id of a closure's receipt if it has one, whoever wrote the closure. */
const receiptIdIn = (
  { category, trigger, subject }: LedgerEntry,
  { obligation, again }: Closure,
  keys: SubjectKeys,
): string | undefined => {
  const key = keys.subject.keys.get(subject.kid);
  const which = again === undefined ? [obligation.terminatedAt] : [obligation.terminatedAt, again];
  return key && keyedDigest(key, 'hex', PURPOSE, category, subject.hash, trigger, ...which);
};

/** The id of the copy of a closed entry, made from its receipt's id and its category. */
export const closureCopyId = (receipt: string, category: string): string => digest(receipt, category);
