import type { Instant } from '../policy/time/instant.ts';
import type { Counts, Dating, Hindrance, SubjectCounts } from './document-store.ts';
import type { Finding } from './finding.ts';
import type { IndexDescription } from './indices/index-description.ts';

/** One index of the category with its counts; `counts` is absent when it did not answer, and `findings` says why. */
export interface SurveyedIndex {
  readonly description: IndexDescription;
  readonly dating: Dating;
  readonly counts?: Counts;
  readonly findings: readonly Finding[];
  /** Of an index that holds nothing that has to stay: the operations that it has taken since it was made; 0 when it was made in advance. */
  readonly operations?: number;
  /** It is as empty as at least a day ago, and nobody has written to it since. */
  readonly isUnchanged?: boolean;
  /** Nobody looked for dates in `_source`, which takes too long: less may be due than was counted. */
  readonly isUnlooked?: true;
  /** Of an index that holds nothing that has to stay: the category's fields that an index template would map in its next one so that the rules can read them. */
  readonly templateFields?: ReadonlySet<string>;
}

/** What a category looks like at one moment. Every index that the patterns reach is accounted for. */
export interface Survey {
  readonly indices: readonly SurveyedIndex[];
  readonly oldestAt?: Instant;
  /** Documents of the subjects whose erasure is due, by their keys. */
  readonly subjects?: ReadonlyMap<string, SubjectCounts>;
  /** Indices in which subjects could not be looked for, and why. */
  readonly unsearched?: ReadonlyMap<string, Hindrance>;
  /** It is known why no index is there, if none is: the run that looks has dropped the last, or a person says that there is none yet. */
  readonly mayBeEmpty?: true;
}

export const isFullyDue = ({ counts }: SurveyedIndex): boolean =>
  counts !== undefined && counts.documents > 0 && counts.due === counts.documents;
