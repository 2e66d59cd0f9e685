import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { ClusterIdentity } from '../../purge/report/report.ts';
import type { Closure, LedgerEntry } from '../ledger/ledger-entry.ts';
import type { ClosedRequest } from './closed-request.ts';
import { buildReceipt, type CategoryFacts, type Receipt, type ReceiptFacts } from './receipt.ts';

/** The policy, cluster and time under which receipts are issued. */
export interface ReceiptContext {
  readonly category: Category;
  readonly policy: RetentionPolicy;
  readonly cluster: ClusterIdentity;
}

/** The facts about its category in a closure. */
export const factsOf = (category: string, { state, progress, closedAt, metUnder, held }: Closure): CategoryFacts => ({
  category,
  outcome: state,
  documentsErased: progress.documentsErased,
  ...(progress.firstErasedAt !== undefined && { firstErasedAt: progress.firstErasedAt }),
  verifiedAt: closedAt,
  newUseKept: progress.newUse,
  policyVersion: metUnder.policyVersion,
  patterns: metUnder.patterns,
  indices: progress.indices,
  ...(held !== undefined && {
    holds: held.map(({ hold, from, to = closedAt }) => ({ id: hold, from, to })),
  }),
});

/** The facts about the request in a closure. */
export const requestOf = (
  { trigger, scope }: Pick<LedgerEntry, 'trigger' | 'scope'>,
  { obligation: { requestId, heardAt, proof, ...instants } }: Closure,
): ReceiptFacts['request'] => ({ ...instants, id: requestId, trigger, scope, receivedAt: heardAt });

/**
 * The content of the receipt for a closed request.
 * @param previous the hash of the receipt for the same termination, if its data has come back since.
 */
export const receiptOf = (
  { read, closure }: ClosedRequest,
  { category, cluster }: ReceiptContext,
  issuedAt: Instant,
  previous: string | null = null,
): Receipt =>
  buildReceipt({
    issuedAt,
    request: requestOf(read.entry, closure),
    commitment: closure.commitment,
    promises: [closure.metUnder.promise],
    categories: [factsOf(category.id, closure)],
    cluster,
    previous,
  });
