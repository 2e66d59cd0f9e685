import { digest } from './digest.ts';
import type { ReadEntry } from './ledger.ts';
import type { Closure, LedgerEntry } from './ledger-entry.ts';

/** One closure of one entry: what a receipt is issued for. */
export interface ClosedRequest {
  readonly read: ReadEntry;
  readonly closure: Closure;
}

/** The same for every try, and another in every category. */
export const receiptId = ({ category, trigger, subject }: LedgerEntry, { obligation }: Closure): string =>
  digest(category, subject.kid, subject.hash, trigger, obligation.terminatedAt);
