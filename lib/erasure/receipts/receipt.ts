import type { z } from 'zod';
import type { ReadOnly } from '../../base/objects.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import type { ClusterIdentity } from '../../purge/report/report.ts';
import { RECEIPT_TYPE, type receiptSchema } from './receipt-schema.ts';

/**
 * The signed content of a receipt: one for each request and category, never changed. Receipts of earlier versions may
 * cover several categories.
 */
export type Receipt = ReadOnly<z.output<typeof receiptSchema>>;

/** The request and its deadline. */
export type ReceiptRequest = Receipt['request'];

/** The erasure in one category, and the result of a count after a refresh. */
export type ReceiptCategory = Receipt['categories'][number];

/** The places that none of our receipts covers. */
const NOT_COVERED: readonly string[] = [
  'Other categories of data: each has a receipt of its own.',
  'Other systems: only the indices named here, in the cluster named here, were searched.',
  'Copies outside this cluster, such as exports and replicated clusters.',
  'Records that a law requires to be kept.',
  'The records of this erasure: ledger, archive, queues and dead letters hold identifiers, or hashes of them, for a limited time.',
];

/** A category's result, as it is in the ledger. Instants are epoch milliseconds. */
export interface CategoryFacts
  extends Omit<ReceiptCategory, 'firstErasedAt' | 'verifiedAt' | 'documentsLeft' | 'holds'> {
  readonly firstErasedAt?: Instant;
  readonly verifiedAt: Instant;
  readonly holds?: readonly { readonly id: string; readonly from: Instant; readonly to: Instant }[];
}

/** The data from which a receipt is made. Instants are epoch milliseconds. */
export interface ReceiptFacts {
  readonly issuedAt: Instant;
  readonly request: Pick<ReceiptRequest, 'id' | 'trigger' | 'scope' | 'immediate'> & {
    readonly terminatedAt: Instant;
    readonly receivedAt: Instant;
    readonly eraseFrom: Instant;
    readonly eraseBy: Instant;
  };
  /** A `subjectCommitment`, made while the subject's identifiers still existed. */
  readonly commitment: string;
  readonly promises: Receipt['promises'];
  readonly categories: readonly CategoryFacts[];
  readonly cluster: ClusterIdentity;
  readonly previous: string | null;
}

const receiptRequest = ({ id, trigger, scope, immediate, ...instants }: ReceiptFacts['request']): ReceiptRequest => ({
  id,
  trigger,
  scope,
  terminatedAt: isoInstant(instants.terminatedAt),
  receivedAt: isoInstant(instants.receivedAt),
  eraseFrom: isoInstant(instants.eraseFrom),
  eraseBy: isoInstant(instants.eraseBy),
  immediate,
});

const receiptCategory = (facts: CategoryFacts): ReceiptCategory => {
  const {
    category,
    outcome,
    documentsErased,
    firstErasedAt,
    verifiedAt,
    newUseKept,
    policyVersion,
    patterns,
    indices,
    holds,
  } = facts;
  return {
    category,
    outcome,
    documentsErased,
    ...(firstErasedAt === undefined ? {} : { firstErasedAt: isoInstant(firstErasedAt) }),
    verifiedAt: isoInstant(verifiedAt),
    documentsLeft: 0,
    newUseKept,
    policyVersion,
    patterns,
    indices,
    ...(holds === undefined
      ? {}
      : { holds: holds.map(({ id, from, to }) => ({ id, from: isoInstant(from), to: isoInstant(to) })) }),
  };
};

/** Makes the receipt of a request whose categories were all verified to be empty. */
export const buildReceipt = (facts: ReceiptFacts): Receipt => ({
  type: RECEIPT_TYPE,
  issuedAt: isoInstant(facts.issuedAt),
  request: receiptRequest(facts.request),
  subject: { commitment: facts.commitment },
  promises: facts.promises,
  categories: facts.categories.map(receiptCategory),
  keptInTime: facts.categories.every(({ verifiedAt }) => verifiedAt <= facts.request.eraseBy),
  cluster: facts.cluster,
  notCovered: NOT_COVERED,
  stages: { searchable: 'verified', segmentFiles: 'not examined', snapshots: 'not examined' },
  previous: facts.previous,
});

/** Reads the content of a receipt that we issued. Verifies nothing. */
export const issuedReceipt = (jws: string): Receipt => {
  const [, payload = ''] = jws.split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Receipt;
};

/** The categories that a receipt of ours covers. */
export const receiptCategories = (jws: string): readonly string[] =>
  issuedReceipt(jws).categories.map(({ category }) => category);
