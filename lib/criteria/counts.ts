import type { Instant } from '../policy/time/instant.ts';
import type { ScriptSetting } from './script-settings.ts';

/** Documents of one subject, summed over all indices that answered. */
export interface SubjectCounts {
  /** Documents that are due. */
  readonly due: number;
  /** Documents dated later: new use, which stays. */
  readonly newUse: number;
  readonly shared: number;
  /** The index finds them by the account, but their `_source` does not name it, or not exactly. */
  readonly unclear: number;
  /** Their `_source` names the account, but no search by the account finds them. */
  readonly unindexed: number;
  /** They may name the account: the index has no account for them, and Elasticsearch cannot read their `_source`. */
  readonly unreadable: number;
  /** They would be due, but a legal hold keeps their index. */
  readonly held?: number;
}

/** Whether there are documents of the subject that must, or may have to, be erased. */
export const mayHaveDocuments = ({ due, shared, unclear, unindexed, unreadable, held = 0 }: SubjectCounts): boolean =>
  due + shared + unclear + unindexed + unreadable + held > 0;

/** The counts of a subject without documents. */
export const NO_DOCUMENTS: SubjectCounts = { due: 0, newUse: 0, shared: 0, unclear: 0, unindexed: 0, unreadable: 0 };

/** Counts of documents in one index. Nested Lucene documents and `_doc_count` weights do not count. */
export interface Counts {
  readonly documents: number;
  readonly due: number;
  /** Documents that a rule would remove and that a legal hold keeps. They are neither due nor overdue. */
  readonly held?: number;
  readonly overdue: number;
  /**
   * Due documents that were not due at an earlier cutoff. Counted only if {@link AgeCriteria.fellDueFrom} is set.
   */
  readonly fellDue?: number;
  readonly undatable: number;
  /**
   * Undatable documents that a field dates, but that stay because of a date that the index does not show: a date in
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
  readonly ownerless?: number;
  /** Documents of which the index does not have all accounts. Counted only if `_source` cannot show them. */
  readonly unexamined?: number;
  /** Smallest and largest timestamp, over the documents whose timestamps can all be believed. */
  readonly from?: Instant;
  readonly to?: Instant;
}

/** Why subjects could not be searched: the setting that forbids it, or lack of time. */
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
   * overdue documents may be lower than the counted numbers.
   */
  readonly sourceUnsearched?: ReadonlySet<string>;
}
