import type { Closure, LedgerEntry } from '../ledger/ledger-entry.ts';
import { buildReceipt } from './receipt.ts';
import { factsOf, requestOf } from './receipt-draft.ts';
import { receiptSchema } from './receipt-schema.ts';

/** A placeholder for the cluster, which a closure does not contain. */
const ANY_CLUSTER = { uuid: '-', name: '-', version: '-' };

/**
 * Whether a receipt can contain the facts of a closure. A closure whose receipt is issued is not checked: it is not
 * signed again.
 * @param entry the entry that contains the closure. All of its instants are from 1970 to 9999.
 */
export const isSignable = (entry: Pick<LedgerEntry, 'category' | 'trigger' | 'scope'>, closure: Closure): boolean => {
  if (closure.receipt !== undefined) return true;
  const receipt = buildReceipt({
    issuedAt: closure.closedAt,
    request: requestOf(entry, closure),
    commitment: closure.commitment,
    promises: [closure.metUnder.promise],
    categories: [factsOf(entry.category, closure)],
    cluster: ANY_CLUSTER,
    previous: null,
  });
  return receiptSchema.safeParse(receipt).success;
};
