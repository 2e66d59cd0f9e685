import type { Instant } from '../policy/time/instant.ts';
import type { Counts, SearchObstacle, SubjectCounts } from './counts.ts';
import type { UsableFields } from './due-criteria.ts';
import type { Finding } from './finding.ts';
import type { IndexDescription } from './index-description.ts';

/** One index of the category with its counts. `counts` is absent if it did not answer; `findings` says why. */
export interface SurveyedIndex {
  readonly description: IndexDescription;
  readonly usable: UsableFields;
  readonly counts?: Counts;
  readonly findings: readonly Finding[];
  /**
   * Set if all documents of the index may go: the number of operations since it was created; 0 if it was created in
   * advance.
   */
  readonly operations?: number;
  /** The index is empty, was empty at least a day ago, and nobody has written to it since. */
  readonly isUnchanged?: boolean;
  /**
   * Whether the search for dates in `_source` was left out, because it takes too long. Then the real number of due
   * documents may be lower than the counted number.
   */
  readonly isSourceUnsearched?: true;
  /**
   * Set if all documents of the index may go: the category's fields that an index template would map in its next index,
   * so that the rules can read them.
   */
  readonly templateFields?: ReadonlySet<string>;
}

/** The state of a category at one moment. It contains every index that the patterns match. */
export interface Survey {
  readonly indices: readonly SurveyedIndex[];
  readonly oldestAt?: Instant;
  /** Documents of the subjects whose erasure is due, by subject key. */
  readonly subjects?: ReadonlyMap<string, SubjectCounts>;
  /** Indices in which subjects could not be searched, and why. */
  readonly unsearched?: ReadonlyMap<string, SearchObstacle>;
  /**
   * Whether the category may have no index: this run dropped the last index, or a person said that there is no index
   * yet.
   */
  readonly mayBeEmpty?: true;
}

/** Whether an index has documents and all of them are due. */
export const isFullyDue = ({ counts }: SurveyedIndex): boolean =>
  counts !== undefined && counts.documents > 0 && counts.due === counts.documents;

/**
 * Whether an index had documents and now has none. An index created in advance, which has had no operation, does not
 * count.
 */
export const isEmptied = ({ counts, operations = 0 }: SurveyedIndex): boolean =>
  counts?.documents === 0 && operations > 0;
