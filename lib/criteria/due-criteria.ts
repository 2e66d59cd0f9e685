import type { Explanation } from '../base/explanation.ts';
import type { HeldAccount, Hold } from '../control/controls.ts';
import type { AgeTerm } from '../policy/rules/rules.ts';
import type { Instant } from '../policy/time/instant.ts';
import type { Clocks } from './clock-reading.ts';
import type { Precision } from './date-precision.ts';
import type { Finding } from './finding.ts';
import type { UnseenDates } from './index-description.ts';

/** A field with identifiers in one index, by which searches find documents. */
export interface IdentifierField {
  readonly type: string;
  /**
   * Path of the original value in `_source`. This value decides. Absent if `_source` proves nothing: then the index
   * decides.
   */
  readonly path?: string;
  /** Longest text that it indexes, in UTF-16 units, if that is less than {@link LONGEST_IDENTIFIER}. */
  readonly longest?: number;
  readonly nullValue?: string;
}

/** The two date fields of a category, by their role. */
export type DateField = 'timestamp' | 'ingested';

/**
 * Which fields of one index can be used. This is decided by the type of a field, by whether it is searchable and has
 * doc values (both as `field_caps` returns them), and by whether the mapping hides values from it.
 */
export interface UsableFields {
  /** The timestamp can date documents: it is mapped as a date, searchable, with doc values. */
  readonly timestamp: boolean;
  readonly ingested: boolean;
  /** Fields that date nothing, but have values in the index. A value newer than the cutoff still keeps its document. */
  readonly vetoes?: readonly DateField[];
  /**
   * Fields whose values no search can compare with a date. They make no document due by age. Empty if a person decided
   * for the other field.
   */
  readonly unreadable?: readonly DateField[];
  /**
   * Fields that were not mapped when the index was described. If such a field is mapped later, it keeps every document
   * that has it.
   */
  readonly unmapped?: readonly DateField[];
  /**
   * The documents that may have dates of these fields in `_source` alone. Such a date keeps its document, unless it is
   * certainly before the cutoff.
   */
  readonly unseen?: Readonly<Partial<Record<DateField, UnseenDates>>>;
  /**
   * The documents that arrive later and may have dates of these fields in `_source` alone: the mapping accepts the
   * field, but its future type is unknown. Only destructive requests look there. Other requests notice new documents by
   * the changed mapping, or concern only earlier documents.
   */
  readonly arriving?: Readonly<Partial<Record<DateField, UnseenDates>>>;
  /** One of the fields has nanosecond precision, and therefore no dates before 1970. */
  readonly nanoseconds?: true;
  /**
   * The precision of the dates in these fields, if it may be coarser than a second. Includes the fields in `vetoes`.
   */
  readonly precision?: Readonly<Partial<Record<DateField, Precision>>>;
  /** Whether one of the fields is mapped but unreadable, so that a later date in it would be missed. */
  readonly hidesDates?: true;
  /** The field whose date counts if it dates a document, as a person has decided. Absent: the later date counts. */
  readonly decided?: DateField;
  /** Absent if accounts cannot be found. */
  readonly account?: IdentifierField;
  /** Absent if applications cannot be distinguished. */
  readonly application?: IdentifierField;
  /** How legal holds apply to the index. Absent: they do not apply. */
  readonly held?: HeldBy;
}

/**
 * How legal holds apply to one index.
 * - `whole`: every document is held, because the index or its category is held.
 * - `searched`: the documents that name, or may name, an account on hold are held.
 * - `unclear`: the index cannot tell which documents name an account on hold, so every document is held.
 */
export type HeldBy = 'whole' | 'searched' | 'unclear';

/** Which documents the open legal holds of a category keep. None of them is due, whatever a rule says. */
export interface HeldCriteria {
  readonly accountField: string;
  /** Absent if documents belong to an account as a whole. */
  readonly applicationField?: string;
  readonly accounts: readonly HeldAccount[];
  readonly holds: readonly Hold[];
}

/**
 * Which documents an age rule selects. The later of both dates counts.
 * - A field *dates* a document if all its values are in [`earliest`, `futureFrom`) and none was ignored as malformed.
 *   The timestamp does not date a document if the ingested field has a malformed value or one from `futureFrom` on,
 *   unless a person decided for the timestamp.
 * - A document is *due* (expired) if a field dates it and no value of either field is in [`cutoff`, `futureFrom`).
 * - It is *overdue* if a field dates it and no value of either field is in [`overdueBefore`, `futureFrom`).
 * - It is *undatable* if neither field dates it. A document that would be due is undatable too if `_source` may have a
 *   date of the other field that is not in the index and not certainly before the cutoff.
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
  /** An earlier cutoff. Documents that are due now and were not due at this instant are counted separately. */
  readonly fellDueFrom?: Instant;
  readonly overdueBefore: Instant;
  /**
   * If one date of a document is before this instant and does not keep the document, but the other date does, their
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
 * Which documents a termination rule selects. The `_source` of a document decides whom it names: a JSON number counts
 * by its value, a text counts unchanged, null does not count. The index only finds candidates. It decides only where
 * `_source` proves nothing.
 * - A document is *due* if it names the account (and application) of a subject whose erasure is due, names no other
 *   account, and is not new use.
 * - It is *new use* if any value of its timestamp or ingested field is later than `until`, or if one field is malformed
 *   and the other has a date. A value coarser than a second counts to the end of its unit. Fields that date nothing
 *   count too. A document without any date is not new use. If no field of an index can date documents, or a mapped
 *   field hides its dates, new use cannot be recognized: then nothing is due for a subject with `until`.
 * - It is *shared* if it names several accounts. It is not erased for one of them, but counted.
 * - *Unclear*, *unindexed* and *unreadable* documents (glossary) are also only counted.
 */
export interface TerminationCriteria {
  readonly accountField: string;
  /** Absent if documents belong to an account as a whole. */
  readonly applicationField?: string;
  readonly timestampField: string;
  readonly ingestedField: string;
  /** At most {@link SUBJECTS_PER_RUN}. */
  readonly subjects: readonly DueSubject[];
  /** Further subjects whose erasure is due, left to the next run. */
  readonly more: number;
}

/** An index that this run is about to block for writes. It is recorded before the block is set. */
export interface BlockIntent {
  readonly index: string;
  readonly uuid: string;
}

/**
 * Which documents a run selects: `age` and `termination`, one part for each kind of rule. A document is *due* if any
 * part selects it. The other members select nothing: they are further facts that the run knows.
 */
export interface Criteria {
  readonly age?: AgeCriteria;
  readonly termination?: TerminationCriteria;
  /** Absent without legal holds. */
  readonly held?: HeldCriteria;
  /** The other contents of the controls of the category. They make no document due. */
  readonly controls?: ControlFacts;
  /** Findings about erasures that are owed but that the ledger does not contain. */
  readonly ledgerFindings?: readonly Finding[];
  /** The clocks that the criteria were made with. Absent if the cluster's time is unknown. */
  readonly clocks?: Clocks;
  /** Write blocks declared by our own runs. */
  readonly ourBlocks?: readonly BlockIntent[];
  /** Whether the category may have no index, because the reason is known. */
  readonly mayBeEmpty?: true;
}

/** The controls of a category, as a run or a command has read them. */
export interface ControlFacts {
  /** The pause that applies, if there is one. */
  readonly pause?: { readonly since: Instant; readonly until: Instant };
  /** Ids of the holds whose review date has passed. */
  readonly toReview: readonly string[];
  /** Why the controls could not be read; then nothing is destroyed. */
  readonly unread?: Explanation & { readonly code: string };
  /** The deadline of the owed erasure with the nearest deadline. */
  readonly nearestEraseBy?: Instant;
}

/** The maximum length of an account or application identifier, in UTF-16 units, as `ignore_above` counts. */
export const LONGEST_IDENTIFIER = 128;

/**
 * The maximum number of subjects that one run erases; the others are left to the next run. Each needs four of the
 * 65,536 buckets of a search.
 */
export const SUBJECTS_PER_RUN = 16_000;
