import type { AgeTerm } from '../policy/rules/rules.ts';
import type { Instant } from '../policy/time/instant.ts';
import type { Clocks } from './clocks/clock-reading.ts';
import type { Precision } from './dates/date-precision.ts';
import type { Finding } from './finding.ts';
import type { IndexDescription, IndexState, MappingRead, UnseenDates } from './indices/index-description.ts';
import type { ScriptSetting } from './indices/script-settings.ts';
import type { BlockIntent } from './lease.ts';

/** A field with identifiers in one index, as far as its mapping can be believed. */
export interface IdentifierField {
  readonly type: string;
  /**
   * Path of the original value in `_source`, which decides. Absent if `_source` proves nothing: then the index decides.
   */
  readonly path?: string;
  /** Longest text that it indexes, in UTF-16 units, if that is less than {@link LONGEST_IDENTIFIER}. */
  readonly longest?: number;
  readonly nullValue?: string;
}

export type DateField = 'timestamp' | 'ingested';

/** Which fields of one index can be believed, by its own mapping as `field_caps` returns it. */
export interface Dating {
  /** The timestamp can date documents: it is mapped as a date, searchable, with doc values. */
  readonly timestamp: boolean;
  readonly ingested: boolean;
  /** Fields that date nothing, but have values in the index. A value newer than the cutoff still keeps its document. */
  readonly vetoes?: readonly DateField[];
  /**
   * Fields whose values no search can compare with a date. They make nothing due by age. Empty if a person decided for
   * the other field.
   */
  readonly unreadable?: readonly DateField[];
  /**
   * Fields that were not mapped when the index was described. If one is mapped later, it keeps every document that has
   * it.
   */
  readonly unmapped?: readonly DateField[];
  /**
   * Where documents may have dates of these fields in `_source` alone. Such a date keeps its document, unless it is
   * certainly before the cutoff.
   */
  readonly unseen?: Readonly<Partial<Record<DateField, UnseenDates>>>;
  /**
   * Where documents that arrive later may have dates of these fields in `_source` alone: the mapping accepts the field,
   * but its future type is unknown. Only destructive requests look there. Other requests notice new documents by the
   * changed mapping, or cover earlier documents only.
   */
  readonly arriving?: Readonly<Partial<Record<DateField, UnseenDates>>>;
  /** One of the fields has nanosecond precision, and therefore no dates before 1970. */
  readonly nanoseconds?: true;
  /**
   * How precisely dates are written in these fields, where that may be less than to the second. Includes the fields in
   * `vetoes`.
   */
  readonly precision?: Readonly<Partial<Record<DateField, Precision>>>;
  /** One of the fields is mapped but unreadable, so that a later date in it would be missed. */
  readonly hidesDates?: true;
  /** The field whose date counts where it dates a document, as a person decided. Absent: the later date counts. */
  readonly decided?: DateField;
  /** Absent if accounts cannot be found. */
  readonly account?: IdentifierField;
  /** Absent if applications cannot be told apart. */
  readonly application?: IdentifierField;
}

/**
 * Which documents an age rule selects.
 * A field *dates* a document if all its values are in [`earliest`, `futureFrom`) and none was ignored as malformed. The
 * timestamp does not date a document if the ingested field has a malformed value or one from `futureFrom` on, unless a
 * person decided for the timestamp.
 * The later of both dates counts. A document is *due* (expired) if a field dates it and no value of either field is in
 * [`cutoff`, `futureFrom`). It is *overdue* if no value is in [`overdueBefore`, `futureFrom`). It is *undatable* if
 * neither field dates it.
 * A document that would be due is undatable too if `_source` may hold a date of the other field that is not in the
 * index and not certainly before the cutoff.
 */
export interface AgeCriteria {
  readonly timestampField: string;
  readonly ingestedField: string;
  readonly earliest: Instant;
  readonly cutoff: Instant;
  /**
   * The rule from which the cutoff is computed. The cluster computes it again by its own clock; a document is due only
   * if both agree.
   */
  readonly term: AgeTerm;
  /** The start of a whole year or month that fell due a short time ago. Its due documents are counted separately. */
  readonly usualFrom?: Instant;
  readonly overdueBefore: Instant;
  /**
   * If one date of a document is before this instant and keeps nothing, while the other date keeps the document, their
   * clocks disagree.
   */
  readonly apartBefore: Instant;
  readonly futureFrom: Instant;
}

/** One subject whose erasure is due, as its ledger entry names it. Identifiers are strings, whatever the mapping. */
export interface DueSubject {
  /** The ledger entry's id. */
  readonly key: string;
  readonly uin: string;
  /** Absent: all applications of the account. */
  readonly sdkAppId?: string;
  /** The deadline of the erasure. */
  readonly eraseBy: Instant;
  /** Documents dated later than this are new use, and stay. Absent: no document stays because of its date. */
  readonly until?: Instant;
}

/**
 * Which documents a termination rule selects: those that name the account (and application) of a subject whose erasure
 * is due, and no other.
 * The `_source` of a document decides whom it names: a JSON number counts by its value, a text as it is, null as
 * nothing. The index only finds candidates. It decides only where `_source` proves nothing.
 * A document is *new use* if any value of its timestamp or ingested field is later than `until`, or if one of the
 * fields is malformed beside another date. A value coarser than a second counts to the end of its unit. Fields that
 * date nothing count too. A document without any date is not new use.
 * If no field of an index can date documents, or a mapped field hides its dates, new use cannot be recognized. Then
 * nothing is due for a subject with `until`.
 * A document that names several accounts is *shared*. It is not erased for one of them, but counted. So are *unclear*,
 * *unindexed* and *unreadable* documents.
 */
export interface TerminationCriteria {
  readonly accountField: string;
  /** Absent if documents belong to an account as a whole. */
  readonly applicationField?: string;
  readonly timestampField: string;
  readonly ingestedField: string;
  /** At most {@link SUBJECTS_AT_ONCE}. */
  readonly subjects: readonly DueSubject[];
  /** Further subjects whose erasure is due, left to the next run. */
  readonly more: number;
}

/**
 * Which documents a run selects. Each rule of the category has its own part. A document is *due* if any part selects
 * it.
 */
export interface Criteria {
  readonly age?: AgeCriteria;
  readonly termination?: TerminationCriteria;
  /** Findings about erasures that are owed but that the ledger does not contain. They make no document due. */
  readonly ledgerFindings?: readonly Finding[];
  /** The clocks that the criteria were made with. Absent if the cluster's time is unknown. */
  readonly clocks?: Clocks;
  /** Write blocks announced by our own runs. They make no document due. */
  readonly ourBlocks?: readonly BlockIntent[];
  /** The category may have no index: the reason is known. Makes no document due. */
  readonly mayBeEmpty?: true;
}

/** Documents of one subject, summed over all indices that answered. */
export interface SubjectCounts {
  /** Documents that are due. */
  readonly owed: number;
  /** Documents dated later: new use, which stays. */
  readonly newUse: number;
  readonly shared: number;
  /** The index finds them by the account, but their `_source` does not name it, or not exactly. */
  readonly unclear: number;
  /** Their `_source` names the account, but no search finds them by it. */
  readonly unindexed: number;
  /** They may name the account: the index has no account for them, and Elasticsearch cannot read their `_source`. */
  readonly unreadable: number;
}

/** The counts of a subject without documents. */
export const NO_DOCUMENTS: SubjectCounts = { owed: 0, newUse: 0, shared: 0, unclear: 0, unindexed: 0, unreadable: 0 };

/** Counts of documents in one index. Nested Lucene documents and `_doc_count` weights do not count. */
export interface Counts {
  readonly documents: number;
  readonly due: number;
  readonly overdue: number;
  /**
   * Due documents of the whole year or month that fell due a short time ago. Counted only if {@link
   * AgeCriteria.usualFrom} is set.
   */
  readonly usual?: number;
  readonly undatable: number;
  /**
   * Undatable documents that a field does date, but that stay because of a date that the index does not show: one in
   * `_source` alone, or in seconds that were read as milliseconds.
   */
  readonly unseen?: number;
  /** Documents kept by their timestamp although they were ingested before the cutoff: a clock was ahead. */
  readonly aheadOfIngestion: number;
  /**
   * Documents kept by their ingestion date although their timestamp is overdue: a clock was behind, or somebody rewrote
   * the timestamps.
   */
  readonly behindIngestion: number;
  /** Documents without an account in the index. Counted if a termination rule needs it and the mapping can tell. */
  readonly unowned?: number;
  /** Documents whose accounts are not, or not all, in the index. Counted if only the index can tell. */
  readonly unexamined?: number;
  /** Smallest and largest timestamp, over the documents whose timestamps can all be believed. */
  readonly from?: Instant;
  readonly to?: Instant;
}

/** Why subjects could not be looked for: the setting that forbids it, or lack of time. */
export type SearchObstacle = 'search.allow_expensive_queries' | 'search.max_buckets' | ScriptSetting | 'time';

/** The answer to one count over many indices. Each requested index is in exactly one of the two maps. */
export interface Tally {
  readonly counts: ReadonlyMap<string, Counts>;
  /** Why an index did not answer, by index name. */
  readonly unanswered: ReadonlyMap<string, string>;
  /**
   * Indices in `unanswered` that this command does not ask again, because they make requests for other indices fail.
   */
  readonly faulty?: ReadonlySet<string>;
  /** The date of the oldest datable document. A document's date is its newest believable value. */
  readonly oldestAt?: Instant;
  /** Counts by the subject's key, if the criteria contain erasures. A subject without documents is missing. */
  readonly subjects?: ReadonlyMap<string, SubjectCounts>;
  /** Indices that were counted without looking for subjects, and why. */
  readonly unsearched?: ReadonlyMap<string, SearchObstacle>;
  /**
   * Indices that were counted without looking for dates in `_source`, which takes too long. The real numbers of due and
   * overdue documents are at most those counted.
   */
  readonly unlooked?: ReadonlySet<string>;
}

/** The fields that rules read, by the type that they need. */
export interface RuleFields {
  readonly dates: readonly string[];
  readonly identifiers: readonly string[];
}

/** An index whose accounts are to be counted. */
export interface AccountIndex {
  readonly name: string;
  readonly account: IdentifierField;
}

/** The reading port. Each method sends a constant number of requests, whatever the number of indices. */
export interface DocumentStore {
  /**
   * The time of the cluster's clock. It is read from an index that the patterns match, or else from one of our own.
   * @param category whose own indices may be used; absent: those of every category of the policy.
   * @returns undefined if no index answers.
   * @throws InputError if the cluster refuses the request.
   */
  serverTime(patterns: readonly string[], category?: string): Promise<Instant | undefined>;
  /** Describes every concrete index that the patterns match, including closed, hidden and red ones. */
  describe(patterns: readonly string[], fields: readonly string[]): Promise<readonly IndexDescription[]>;
  /**
   * Reads the digest of {@link MappingRead} again for every index that the patterns match, by name. An index that does
   * not return its mapping is missing.
   */
  mappings(patterns: readonly string[], fields: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /**
   * Refreshes what the patterns (or names) match, then counts in the named indices. If the criteria contain no rule,
   * nothing is due.
   */
  count(
    patterns: readonly string[],
    indices: readonly { readonly name: string; readonly primaries: number; readonly dating: Dating }[],
    criteria: Criteria,
  ): Promise<Tally>;
  /**
   * Estimates the number of accounts in these indices, rather too low than too high.
   * @returns undefined if it cannot be told.
   */
  accounts(indices: readonly AccountIndex[], accountField: string): Promise<number | undefined>;
  /**
   * How many operations (writes and deletions) the primary shards have executed since the index was created, by name. 0
   * for an index created in advance. The number only grows. An index is missing if the number is unknown, for example
   * because the key may not read it.
   */
  operations(patterns: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /**
   * For each index name, which of these fields an index template would map in a new index so that the rules can read
   * them. A name is missing if no index template matches it, or if that is unknown.
   */
  templateFields(names: readonly string[], fields: RuleFields): Promise<ReadonlyMap<string, ReadonlySet<string>>>;
}

/**
 * One bounded part of what is due by age in one index: documents that `field` dates and whose newest value is in [from,
 * to).
 */
export interface AgeSlice {
  readonly field: DateField;
  readonly from: Instant;
  readonly to: Instant;
}

/** One bounded part of what is due to subjects in one index: all due documents of these subjects. */
export interface SubjectSlice {
  readonly subjects: readonly DueSubject[];
}

/** Everything that is due by one rule in one index. For a rule whose documents cannot be split further. */
interface RuleSlice {
  /** The rule's id. */
  readonly rule: string;
}

export type Slice = AgeSlice | SubjectSlice | RuleSlice;

/** The index that a destructive request is about. */
export interface Target {
  readonly name: string;
  readonly uuid: string;
  readonly primaries: number;
  /** As in the {@link IndexDescription}. */
  readonly resultWindow?: number;
  readonly dating: Dating;
}

/** A target with the mapping that the plan read. */
export interface PlannedTarget extends Target {
  readonly read: MappingRead;
}

/** The result of one bounded delete-by-query. */
export interface Deletion {
  /** Documents whose deletion was confirmed, even if the request failed afterwards. */
  readonly deleted: number;
  /** The request reached its bound: more documents may match. */
  readonly full: boolean;
  /** Why the attempts ended before the whole slice was deleted. Set only if some of it was deleted. */
  readonly leftBecause?: string;
}

/** The only destructive port. Every call names one concrete index. */
export interface DocumentRemover {
  /**
   * The current state of the index; undefined if it does not exist any more.
   * @param fields whose mapping is needed too.
   */
  state(index: string, fields?: readonly string[]): Promise<IndexState | undefined>;
  /**
   * Sets `_block/write`. Returns when operations in flight have finished, even if the index already had a write block.
   */
  blockWrites(index: string): Promise<void>;
  liftWriteBlock(index: string): Promise<void>;
  /**
   * Refreshes, then counts documents that are *not* due.
   * @throws unless every shard answered.
   */
  countLive(target: Target, criteria: Criteria): Promise<number>;
  /** The same number as {@link DocumentStore.operations}, for one index; undefined if it is unknown. */
  operations(index: string): Promise<number | undefined>;
  drop(index: string): Promise<void>;
  /** Splits what is due into slices of at most {@link SLICE_DOCUMENTS} documents, if the timestamps allow it. */
  slices(target: Target, criteria: Criteria): Promise<readonly Slice[]>;
  /**
   * Deletes at most {@link SLICE_DOCUMENTS} due documents of a slice in one request. Retries if that may help.
   * @param permitted called before every attempt; returns the part of the slice that may be deleted now, or undefined
   *   if none. If it throws, no attempt follows.
   * @throws TransientError if the attempts failed and nothing was deleted.
   */
  deleteSlice(target: Target, criteria: Criteria, permitted: () => Promise<Slice | undefined>): Promise<Deletion>;
  refresh(index: string): Promise<void>;
}

/** The maximum length of an account or application identifier, in UTF-16 units, as `ignore_above` counts. */
export const LONGEST_IDENTIFIER = 128;

/**
 * Elasticsearch's default for `index.max_result_window`. A larger `scroll_size` is rejected, and a larger `max_docs`
 * starts a scroll.
 */
export const SLICE_DOCUMENTS = 10_000;

/** The maximum number of documents for one request on an index with this result window. */
export const sliceDocuments = ({ resultWindow = SLICE_DOCUMENTS }: { readonly resultWindow?: number }): number =>
  Math.max(1, Math.min(SLICE_DOCUMENTS, resultWindow));

/**
 * The maximum number of subjects that one run erases; the others are left to the next run. Each needs four of the
 * 65,536 buckets of a search.
 */
export const SUBJECTS_AT_ONCE = 16_000;
