import type { Instant } from '../policy/time/instant.ts';
import type { Account } from './accounts/account-hashes.ts';

/** An index of the cluster, as the cluster itself describes it. */
export interface AuditedIndex {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly dataStream?: string;
  /** The mapped types of the requested fields, as far as they are mapped. */
  readonly types: ReadonlyMap<string, string>;
  /** Settings by dotted name, all of them texts. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The query of a count by age for one index. */
export interface AgeQuestion {
  /** The date fields that are mapped as dates. A document counts by the latest of them. */
  readonly fields: readonly string[];
  readonly ingestedField: string;
  /** A field that counts alone if it dates a document, because of a decision in the policy. */
  readonly decided?: string;
  readonly earliest: Instant;
  readonly futureFrom: Instant;
  /** Documents with no date from this instant on are overdue. */
  readonly overdueBefore: Instant;
  /** Documents that are left out: those under a legal hold. */
  readonly heldAccounts: readonly Account[];
  readonly accountFields: AccountFields;
}

/** The fields that name an account and its application. */
export interface AccountFields {
  readonly account: string;
  readonly application?: string;
}

export interface AgeCount {
  readonly documents: number;
  readonly overdue: number;
  readonly undatable: number;
  /** The latest date of the oldest document, and its date of arrival if it has one. */
  readonly oldest?: { readonly at: Instant; readonly ingestedAt?: Instant };
}

/** A document of one of our own indices in its stored form; without a source if the index keeps no source. */
export interface RawRecord {
  readonly id: string;
  readonly source?: Readonly<Record<string, unknown>>;
}

/** A part of the cluster as far as the key sees it. */
export type Visible<T> = { readonly seen: T } | { readonly unseen: string };

/** A snapshot of the cluster. */
export interface Snapshot {
  readonly repository: string;
  readonly name: string;
  /** Undefined while it is being made. */
  readonly endedAt?: Instant;
  readonly indices: readonly string[];
}

/** A job that reads some indices and writes into another index: a transform or a rollup. */
export interface CopyingJob {
  readonly kind: string;
  readonly name: string;
  readonly from: readonly string[];
  readonly to: string;
}

/** A template, as far as it maps fields. */
export interface FieldTemplate {
  readonly name: string;
  readonly patterns: readonly string[];
  readonly priority: number;
  /** The types of all requested fields that it maps, including the fields of its components. */
  readonly types: ReadonlyMap<string, string>;
  readonly keepsSource: boolean;
}

/** The parts of the cluster beside its indices. */
export interface ClusterSurroundings {
  readonly snapshots: Visible<readonly Snapshot[]>;
  readonly jobs: Visible<readonly CopyingJob[]>;
  /** Indices that other clusters follow. */
  readonly followed: Visible<readonly string[]>;
  /** Whether the key sees every index of the cluster. Answers simply lack the others. */
  readonly everyIndex: Visible<true>;
  /** Documents in each index. */
  readonly counts: Visible<ReadonlyMap<string, number>>;
  readonly clusterSettings: Visible<Readonly<Record<string, unknown>>>;
  readonly templates: Visible<readonly FieldTemplate[]>;
}

/** Reads a cluster for the audit. It changes nothing. */
export interface AuditReader {
  /** Every index, also closed and hidden ones, with the types of these fields. */
  indices(fields: readonly string[]): Promise<readonly AuditedIndex[]>;
  /** @throws RetentionError if the index does not answer completely. */
  ages(index: string, question: AgeQuestion): Promise<AgeCount>;
  /** The number of documents in an index. */
  count(index: string): Promise<number>;
  /** The accounts with documents in an index, page by page. */
  accounts(index: string, fields: AccountFields): AsyncIterable<readonly Account[]>;
  /**
   * The number of documents of an account in an index.
   * @param until only documents without a date after this instant, in these fields.
   */
  documentsOf(
    index: string,
    account: Account,
    fields: AccountFields,
    until?: { readonly fields: readonly string[]; readonly at: Instant },
  ): Promise<number>;
  /** All documents of one of our own indices; undefined if there is no such index. */
  records(index: string): Promise<readonly RawRecord[] | undefined>;
  /** The documents of an index of reports of runs that began at that instant or later. */
  reports(index: string, since: Instant): Promise<readonly RawRecord[] | undefined>;
  surroundings(fields: readonly string[]): Promise<ClusterSurroundings>;
}

/** The parts of the archive that the audit reads, and its statements, which are all that it writes. */
export interface AuditArchive {
  ids(kind: 'events' | 'receipts' | 'statements', since: Instant): AsyncIterable<string>;
  list(
    kind: 'manifests' | 'statements',
    isWanted?: (id: string) => boolean,
  ): AsyncIterable<
    { readonly id: string; readonly content: object } | { readonly id: string; readonly unreadable: string }
  >;
  put(kind: 'statements', id: string, content: object): Promise<void>;
}

/** The part of a category that is under a legal hold. It is neither overdue, nor due for erasure. */
export interface Held {
  readonly all: boolean;
  readonly indices: readonly string[];
  readonly accounts: readonly Account[];
}

/** An account whose data has come back. It is passed only to the code that erases it again. */
export interface ReturnedAccount {
  readonly category: string;
  readonly entry: string;
  readonly account: Account;
}

/** Documents of a subject that was erased before. */
export interface Returned {
  readonly category: string;
  readonly entry: string;
  readonly documents: number;
  readonly indices: readonly string[];
}
