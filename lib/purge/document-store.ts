import type { AgeTerm } from '../policy/rules/rules.ts';
import type { Instant } from '../policy/time/instant.ts';
import type { Clocks } from './clocks/clock-reading.ts';
import type { Precision } from './dates/date-precision.ts';
import type { Finding } from './finding.ts';
import type { IndexDescription, IndexState, MappingRead, UnseenDates } from './indices/index-description.ts';
import type { ScriptSetting } from './indices/script-settings.ts';
import type { BlockIntent } from './lease.ts';

/** A field that holds identifiers, in one index, as far as its mapping can be believed. */
export interface IdentifierField {
  readonly type: string;
  /** Where `_source` has what was sent, which decides; absent where it proves nothing, and the index decides. */
  readonly path?: string;
  /** UTF-16 units of the longest text that it indexes, where that is less than {@link LONGEST_IDENTIFIER}. */
  readonly longest?: number;
  readonly nullValue?: string;
}

export type DateField = 'timestamp' | 'ingested';

/** Which fields of one index can be believed, by its own mapping as `field_caps` tells it. */
export interface Dating {
  /** Can date a document: a date there, searchable, with doc values. */
  readonly timestamp: boolean;
  readonly ingested: boolean;
  /** Fields that date nothing there although values of theirs stand in the index: one inside the promise keeps its document. */
  readonly vetoes?: readonly DateField[];
  /** Fields whose values there no search can hold against a date: nothing is due by age. None where a person named the other one. */
  readonly unreadable?: readonly DateField[];
  /** Fields that were not mapped when the index was described: one that is mapped since keeps every document that has it. */
  readonly unmapped?: readonly DateField[];
  /** Where documents may have dates of these fields in `_source` alone, so that one that is not certainly over keeps its document. */
  readonly unseen?: Readonly<Partial<Record<DateField, UnseenDates>>>;
  /**
   * Where documents that come after the index was described may have dates of these fields in `_source` alone: the mapping takes the field, and
   * nobody knows as what. Only requests that destroy look there. Others know that documents came by the mapping, or find what came before.
   */
  readonly arriving?: Readonly<Partial<Record<DateField, UnseenDates>>>;
  /** One of them holds nanoseconds, and therefore no date before 1970. */
  readonly nanoseconds?: true;
  /** How precisely their dates are written, where that may be less than a second; of the fields in `vetoes` too. */
  readonly precision?: Readonly<Partial<Record<DateField, Precision>>>;
  /** One of them is mapped and cannot be read, so that a later date in it would be missed. */
  readonly hidesDates?: true;
  /** The field whose date counts there, where it dates a document, by a person's decision. Absent: the later of both does. */
  readonly decided?: DateField;
  /** Absent where no account can be found. */
  readonly account?: IdentifierField;
  /** Absent where applications cannot be told apart. */
  readonly application?: IdentifierField;
}

/**
 * Which documents an age rule is about.
 *
 * A field *dates* a document when all its values lie in [`earliest`, `futureFrom`) and none was ignored as malformed. The timestamp does
 * not where the ingestion has a value ahead, from `futureFrom` on, or a malformed one, unless a person decided for the timestamp. The later
 * of both dates counts: a document is *due* (expired) when a field dates it and no value of either field lies in
 * [`cutoff`, `futureFrom`), *overdue* when none lies in [`overdueBefore`, `futureFrom`), and *undatable* when neither field dates it. So
 * is one that would be due, and may have in `_source` a date of the other field that no index has and that is not certainly over.
 */
export interface AgeCriteria {
  readonly timestampField: string;
  readonly ingestedField: string;
  readonly earliest: Instant;
  readonly cutoff: Instant;
  /** What the cutoff follows from. The cluster holds due documents against its own clock, too: both must agree. */
  readonly term: AgeTerm;
  /** Where a whole year or month fell due lately: its beginning. Due documents that were not due before it fell due are counted apart. */
  readonly usualFrom?: Instant;
  readonly overdueBefore: Instant;
  /** Where one date of a document is before it and keeps nothing, and the other keeps the document, their clocks disagree. */
  readonly apartBefore: Instant;
  readonly futureFrom: Instant;
}

/** One subject whose erasure is due, as its entry in the ledger has it. Identifiers are strings, whatever the mapping. */
export interface DueSubject {
  /** The ledger entry's id. */
  readonly key: string;
  readonly uin: string;
  /** Absent: every application of the account. */
  readonly sdkAppId?: string;
  /** The promise: erased not later than this. */
  readonly eraseBy: Instant;
  /** Documents dated later than this are a new use, and stay. Absent: nothing stays, whatever its date. */
  readonly until?: Instant;
}

/**
 * Which documents a termination rule is about: those that bear one account (and application), and no other beside it, of a
 * subject whose erasure is due. What a document bears is what its `_source` says: a JSON number by its value, a text as it is, null
 * as nothing. The index only finds candidates; it decides where `_source` proves nothing.
 *
 * A document is a *new use* when any value of its timestamp or its ingestion is later than `until`, or one of them is malformed
 * beside another date. A value that names less than a second counts to the end of what it names, and a field that dates nothing counts
 * too. A document that nothing dates is none; but in an index of which neither field can date anything, or one of them is mapped
 * and hides its dates, what is owed cannot be told from new use, and nothing is due for a subject with an `until`. A document that bears several accounts is
 * *shared*: it is not ours to erase for one of them, and is counted. So is what is *unclear*, *unindexed* or
 * *unreadable*.
 */
export interface ErasureCriteria {
  readonly accountField: string;
  /** Absent where documents belong to an account as a whole. */
  readonly applicationField?: string;
  readonly timestampField: string;
  readonly ingestedField: string;
  /** At most {@link SUBJECTS_AT_ONCE}. */
  readonly subjects: readonly DueSubject[];
  /** Subjects due as well, and left to the next run. */
  readonly more: number;
}

/** Which documents a run is about: each rule of the category has its part. A document is *due* by any of them. */
export interface Criteria {
  readonly age?: AgeCriteria;
  readonly erasures?: ErasureCriteria;
  /** Says of no document that it is due: what is owed, and found by nobody. */
  readonly forgotten?: readonly Finding[];
  /** The clocks by which it was made; absent where the cluster's was not told. */
  readonly clocks?: Clocks;
  /** Says of no document that it is due: write blocks that runs of ours have announced. */
  readonly ourBlocks?: readonly BlockIntent[];
  /** Says of no document that it is due: it is known why no index is there, if none is. */
  readonly mayBeEmpty?: true;
}

/** Documents of one subject, over all indices that answered. */
export interface SubjectCounts {
  /** Due. */
  readonly owed: number;
  /** Dated later: a new use, which stays. */
  readonly newUse: number;
  readonly shared: number;
  /** The index has the account in them, and they do not say it, or not exactly. */
  readonly unclear: number;
  /** They name the account, and no search by it finds them. */
  readonly unindexed: number;
  /** They may name it: no search finds an account in them, and Elasticsearch cannot read what it stored. */
  readonly unreadable: number;
}

/** Of a subject without documents. */
export const NO_DOCUMENTS: SubjectCounts = { owed: 0, newUse: 0, shared: 0, unclear: 0, unindexed: 0, unreadable: 0 };

/** Documents (not Lucene's nested children, not `_doc_count` weights) of one index. */
export interface Counts {
  readonly documents: number;
  readonly due: number;
  readonly overdue: number;
  /** Due documents of the year or month that fell due lately as a whole; counted where {@link AgeCriteria.usualFrom} is given. */
  readonly usual?: number;
  readonly undatable: number;
  /**
   * Of the undatable ones: those that a field dates, and that stay for a date that the index does not tell: in `_source` alone, or in
   * seconds that it reads as milliseconds.
   */
  readonly unseen?: number;
  /** Documents that their timestamp keeps although they were ingested before the cutoff: a clock ran ahead. */
  readonly aheadOfIngestion: number;
  /** Documents that their ingestion keeps although their timestamp is overdue: a clock ran behind, or they were stamped anew. */
  readonly behindIngestion: number;
  /** Documents without an account in the index; counted where a termination rule asks, and the mapping can tell. */
  readonly unowned?: number;
  /** Documents whose accounts the index does not have, or not all; counted where only the index can tell. */
  readonly unexamined?: number;
  /** Smallest and largest value of the timestamp among the documents of which all its values can be believed. */
  readonly from?: Instant;
  readonly to?: Instant;
}

/** Why subjects could not be looked for: a setting refuses it, or it takes too long. */
export type Hindrance = 'search.allow_expensive_queries' | 'search.max_buckets' | ScriptSetting | 'time';

/** The answer to one count over many indices. Every index asked about is in exactly one of the two maps. */
export interface Tally {
  readonly counts: ReadonlyMap<string, Counts>;
  /** Why an index did not answer, by name. */
  readonly unanswered: ReadonlyMap<string, string>;
  /** Those of `unanswered` that the same command does not ask again: they take the answers of others with them. */
  readonly faulty?: ReadonlySet<string>;
  /** The date of the oldest document that can be dated: the newest of its values that can be believed. */
  readonly oldestAt?: Instant;
  /** By the subject's key, where erasures were asked about; a subject without documents is not in it. */
  readonly subjects?: ReadonlyMap<string, SubjectCounts>;
  /** Indices that were counted without a look for subjects, and why. */
  readonly unsearched?: ReadonlyMap<string, Hindrance>;
  /** Indices that were counted without a look for dates in `_source`, which takes too long: no more is due, or overdue, than counted. */
  readonly unlooked?: ReadonlySet<string>;
}

/** The fields that rules read, by what they have to hold. */
export interface RuleFields {
  readonly dates: readonly string[];
  readonly identifiers: readonly string[];
}

/** An index that is asked how many accounts it has. */
export interface AccountIndex {
  readonly name: string;
  readonly account: IdentifierField;
}

/** Reads. A constant number of requests each, however many indices there are. */
export interface DocumentStore {
  /**
   * The time of the cluster's clock, from the indices that the patterns reach, or else from one of ours.
   * @param category whose indices of ours may be asked; without one, those of every category of the policy.
   * @returns undefined when none of them answers.
   * @throws InputError when the cluster refuses the request.
   */
  serverTime(patterns: readonly string[], category?: string): Promise<Instant | undefined>;
  /** Every concrete index that the patterns reach, closed, hidden and red ones too. */
  describe(patterns: readonly string[], fields: readonly string[]): Promise<readonly IndexDescription[]>;
  /**
   * The digest of {@link MappingRead} of every index that the patterns reach, by name, read anew. One that does not tell it is not in the
   * answer.
   */
  mappings(patterns: readonly string[], fields: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /**
   * Refreshes what the patterns (or names) reach, then counts in the indices named. Without a rule in the criteria nothing is due.
   */
  count(
    patterns: readonly string[],
    indices: readonly { readonly name: string; readonly primaries: number; readonly dating: Dating }[],
    criteria: Criteria,
  ): Promise<Tally>;
  /**
   * How many accounts there are in these indices, rather too few than too many: an estimate.
   * @returns undefined where nothing tells.
   */
  accounts(indices: readonly AccountIndex[], accountField: string): Promise<number | undefined>;
  /**
   * How many operations (writes and deletions) the primary shards have taken since the index was made, by name: 0 for one made in advance. It
   * only grows. An index of which it cannot be told (the key may not ask, say) is not in the answer.
   */
  operations(patterns: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /**
   * Which of these fields an index template would map in a new index of that name so that the rules can read them, by name. A name that no index template matches, or of
   * which that cannot be told, is not in the answer.
   */
  templateFields(names: readonly string[], fields: RuleFields): Promise<ReadonlyMap<string, ReadonlySet<string>>>;
}

/** One bounded piece of what is due by age in one index: documents dated by `field` whose newest value is in [from, to). */
export interface AgeSlice {
  readonly field: DateField;
  readonly from: Instant;
  readonly to: Instant;
}

/** One bounded piece of what is owed to subjects in one index: all that is due of these. */
export interface SubjectSlice {
  readonly subjects: readonly DueSubject[];
}

/** All that is due by one rule in one index, uncut: of a rule whose documents nothing tells apart. */
interface RuleSlice {
  /** The rule's id. */
  readonly rule: string;
}

export type Slice = AgeSlice | SubjectSlice | RuleSlice;

/** What the executor asks for about one index. */
export interface Target {
  readonly name: string;
  readonly uuid: string;
  readonly primaries: number;
  /** As in the {@link IndexDescription}. */
  readonly resultWindow?: number;
  readonly dating: Dating;
}

/** A target with what the plan read of its mapping. */
export interface PlannedTarget extends Target {
  readonly read: MappingRead;
}

/** What one bounded delete-by-query answered. */
export interface Deletion {
  /** Documents whose deletion was acknowledged, also by a request that failed after it had deleted some. */
  readonly deleted: number;
  /** The request reached its bound: more documents may match. */
  readonly full: boolean;
  /** Why the tries ended before the slice was done, where some of it was deleted before. */
  readonly leftBecause?: string;
}

/** The only destructive port. Every call names one concrete index. */
export interface DocumentRemover {
  /**
   * The index as it is now; undefined when it is gone.
   * @param fields of which the mapping is wanted too.
   */
  state(index: string, fields?: readonly string[]): Promise<IndexState | undefined>;
  /** `_block/write`: returns when operations in flight have finished; so too where there is a write block already. */
  blockWrites(index: string): Promise<void>;
  liftWriteBlock(index: string): Promise<void>;
  /** Refreshes, then counts documents that are *not* due. Throws unless every shard answered. */
  countLive(target: Target, criteria: Criteria): Promise<number>;
  /** As {@link DocumentStore.operations}, of one index; undefined when it cannot be told. */
  operations(index: string): Promise<number | undefined>;
  drop(index: string): Promise<void>;
  /** Cuts what is due into slices of at most {@link SLICE_DOCUMENTS} documents, where the timestamps allow it. */
  slices(target: Target, criteria: Criteria): Promise<readonly Slice[]>;
  /**
   * Deletes at most {@link SLICE_DOCUMENTS} due documents of a slice, in one request, which is tried again where that may help.
   * @param permitted asked before every try for what may be deleted at that moment; undefined when nothing may. What it throws
   * ends the tries.
   * @throws TransientError when the tries failed and nothing was deleted.
   */
  deleteSlice(target: Target, criteria: Criteria, permitted: () => Promise<Slice | undefined>): Promise<Deletion>;
  refresh(index: string): Promise<void>;
}

/** UTF-16 units of the longest identifier that an account or an application may have: `ignore_above` counts them too. */
export const LONGEST_IDENTIFIER = 128;

/** Elasticsearch's default `index.max_result_window`: a larger `scroll_size` is refused, a larger `max_docs` scrolls. */
export const SLICE_DOCUMENTS = 10_000;

/** Documents that one request may be about in such an index. */
export const sliceDocuments = ({ resultWindow = SLICE_DOCUMENTS }: { readonly resultWindow?: number }): number =>
  Math.max(1, Math.min(SLICE_DOCUMENTS, resultWindow));

/** So many subjects are erased in one run; what is owed to more of them is left to the next. Four buckets each, of 65,536. */
export const SUBJECTS_AT_ONCE = 16_000;
