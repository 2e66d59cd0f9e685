import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import type { Trigger } from '../../policy/trigger.ts';
import type { ClusterIdentity } from '../../purge/report/report.ts';

export const RECEIPT_TYPE = 'es-retention/erasure-receipt/1';

/** What was asked for, and until when it had to be done. Instants are ISO 8601 in UTC with milliseconds. */
export interface ReceiptRequest {
  /** The sender's id of the message: the same from webhook to receipt. */
  readonly id: string;
  readonly trigger: Trigger;
  /** An account with all its applications, or one application. */
  readonly scope: 'account' | 'application';
  readonly terminatedAt: string;
  readonly receivedAt: string;
  readonly eraseFrom: string;
  readonly eraseBy: string;
  /** The cancel window was skipped, as asked. */
  readonly immediate: boolean;
}

/** What was promised about one category, as it was published. */
export interface ReceiptPromise {
  readonly category: string;
  readonly title: string;
  readonly quote: string;
  readonly source: string;
  /** `YYYY-MM-DD`. */
  readonly sourceDate: string;
  /** ISO 8601 duration: `P7D`. */
  readonly deadline: string;
}

/** What was done in one category, and what a count after a refresh found. */
export interface ReceiptCategory {
  readonly category: string;
  readonly outcome: 'erased' | 'nothing-found';
  /** Those that were counted before and not found after (docs/limits.md says what can move it). 0 when nothing was found. */
  readonly documentsErased: number;
  /** When the first of them was erased. There exactly when the outcome is `erased`. */
  readonly firstErasedAt?: string;
  readonly verifiedAt: string;
  /** There is no receipt while any are left. */
  readonly documentsLeft: 0;
  /** Documents dated after the termination: new use of an account that came back, kept. */
  readonly newUseKept: number;
  /** `sha256:<hex>` of the policy by which it was verified. */
  readonly policyVersion: string;
  /** The index patterns that were searched. */
  readonly patterns: readonly string[];
  /** How many indices they matched. */
  readonly indices: number;
}

/** What the receipt says of each stage of erasure. */
interface ReceiptStages {
  /** Searches no longer find it. */
  readonly searchable: 'verified';
  /** The bytes in the files of the indices. */
  readonly segmentFiles: 'not examined';
  /** Backups. */
  readonly snapshots: 'not examined';
}

/** What is signed: one per request and category, never changed. Those of earlier versions may cover several categories. */
export interface Receipt {
  readonly type: typeof RECEIPT_TYPE;
  readonly issuedAt: string;
  readonly request: ReceiptRequest;
  /** A `subjectCommitment`: whose receipt it is, for those who hold the opening. */
  readonly subject: { readonly commitment: string };
  readonly promises: readonly ReceiptPromise[];
  readonly categories: readonly ReceiptCategory[];
  /** Whether every category that it covers was verified empty by `eraseBy`. */
  readonly keptInTime: boolean;
  /** The one in which the receipt was issued. */
  readonly cluster: ClusterIdentity;
  /** In plain words: what this receipt says nothing about. */
  readonly notCovered: readonly string[];
  readonly stages: ReceiptStages;
  /** SHA-256, in hex, of the JWS of an earlier receipt that this one adds to. */
  readonly previous: string | null;
}

/** What no receipt of ours covers. */
const NOT_COVERED: readonly string[] = [
  'Other categories of data: each has a receipt of its own.',
  'Other systems: only the indices named here, in the cluster named here, were searched.',
  'Copies outside this cluster, such as exports and replicated clusters.',
  'Records that a law requires to be kept.',
  'The records of this erasure: ledger, archive, queues and dead letters hold identifiers, or hashes of them, for a limited time.',
];

/** A category's result as the ledger knows it. Instants are epoch milliseconds. */
export interface CategoryFacts extends Omit<ReceiptCategory, 'firstErasedAt' | 'verifiedAt' | 'documentsLeft'> {
  readonly firstErasedAt?: Instant;
  readonly verifiedAt: Instant;
}

/** Everything a receipt is made of. Instants are epoch milliseconds. */
export interface ReceiptFacts {
  readonly issuedAt: Instant;
  readonly request: Pick<ReceiptRequest, 'id' | 'trigger' | 'scope' | 'immediate'> & {
    readonly terminatedAt: Instant;
    readonly receivedAt: Instant;
    readonly eraseFrom: Instant;
    readonly eraseBy: Instant;
  };
  /** A `subjectCommitment`, made while the subject's identifiers were still there. */
  readonly commitment: string;
  readonly promises: readonly ReceiptPromise[];
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
  };
};

/** Makes the receipt of a request whose categories have all been verified empty. Pure. */
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

/** What a receipt of ours says. It reads what we signed, and verifies nothing. */
export const issuedReceipt = (jws: string): Receipt => {
  const [, payload = ''] = jws.split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Receipt;
};

/** The categories that a receipt of ours covers. */
export const receiptCategories = (jws: string): readonly string[] =>
  issuedReceipt(jws).categories.map(({ category }) => category);
