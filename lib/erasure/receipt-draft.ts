import type { Instant } from '../policy/instant.ts';
import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import type { ClusterIdentity } from '../purge/report.ts';
import { type ClosedRequest, receiptId } from './closed-request.ts';
import { digest } from './digest.ts';
import type { Closure } from './ledger-entry.ts';
import { buildReceipt, type CategoryFacts, type Receipt, receiptCategories } from './receipt.ts';
import type { KeptReceipt } from './receipt-book.ts';

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

const receiptOf = (
  { read, closures, closure, missing }: ClosedRequest,
  context: ReceiptContext,
  issuedAt: Instant,
  previous: string | null,
): Receipt => {
  // Of several categories the first gives the commitment: whoever issues the receipt, it is the same.
  const [first = closure] = closures.values();
  const { requestId, heardAt, ...instants } = closure.obligation;
  return buildReceipt({
    issuedAt,
    request: { ...instants, id: requestId, trigger: read.entry.trigger, scope: read.entry.scope, receivedAt: heardAt },
    commitment: first.commitment,
    promises: [...closures.values()].map(({ metUnder }) => metUnder.promise),
    categories: [...closures].map(([category, each]) => factsOf(category, each)),
    cluster: context.cluster,
    ...(missing.length > 0 && { unknownCategories: missing.map(({ id }) => id) }),
    previous,
  });
};

/** A receipt that is to be issued for a request, or the one that is there already and says what it has to say. */
export interface ReceiptDraft {
  readonly request: ClosedRequest;
  readonly id: string;
  readonly receipt?: Receipt;
}

/**
 * A receipt that was issued without this category, since the deadline had passed, is never changed: what was found later is a
 * receipt of its own, which names the first.
 */
export const receiptDraft = (
  request: ClosedRequest,
  context: ReceiptContext,
  issuedAt: Instant,
  issued?: KeptReceipt,
): ReceiptDraft => {
  const id = receiptId(request.read.entry, request.closure);
  const { category } = context;
  if (issued === undefined) return { request, id, receipt: receiptOf(request, context, issuedAt, null) };
  if (receiptCategories(issued.jws).includes(category.id)) return { request, id };
  const alone = { ...request, closures: new Map([[category, request.closure]]), missing: [] };
  return { request, id: digest(id, category.id), receipt: receiptOf(alone, context, issuedAt, issued.hash) };
};
