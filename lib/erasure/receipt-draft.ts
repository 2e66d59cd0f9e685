import type { Instant } from '../policy/instant.ts';
import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import type { ClusterIdentity } from '../purge/report.ts';
import type { ClosedRequest } from './closed-request.ts';
import type { Closure } from './ledger-entry.ts';
import { buildReceipt, type CategoryFacts, type Receipt } from './receipt.ts';

/** Under what the receipts are issued. */
export interface ReceiptContext {
  readonly category: Category;
  readonly policy: RetentionPolicy;
  readonly cluster: ClusterIdentity;
}

const factsOf = (category: Category, { state, progress, closedAt, metUnder }: Closure): CategoryFacts => ({
  category: category.id,
  outcome: state,
  documentsErased: progress.documentsErased,
  ...(progress.firstErasedAt !== undefined && { firstErasedAt: progress.firstErasedAt }),
  verifiedAt: closedAt,
  newUseKept: progress.newUse,
  policyVersion: metUnder.policyVersion,
  patterns: metUnder.patterns,
  indices: progress.indices,
});

/** What the receipt of a closed request says. Pure. */
export const receiptOf = (
  { read, closure }: ClosedRequest,
  { category, cluster }: ReceiptContext,
  issuedAt: Instant,
): Receipt => {
  const { requestId, heardAt, ...instants } = closure.obligation;
  return buildReceipt({
    issuedAt,
    request: { ...instants, id: requestId, trigger: read.entry.trigger, scope: read.entry.scope, receivedAt: heardAt },
    commitment: closure.commitment,
    promises: [closure.metUnder.promise],
    categories: [factsOf(category, closure)],
    cluster,
    previous: null,
  });
};
