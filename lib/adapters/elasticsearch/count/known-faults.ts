import type { SearchObstacle } from '../../../criteria/counts.ts';
import { SCRIPT_SETTINGS } from '../../../criteria/script-settings.ts';

/** The maximum number of requests that one command sends to find faulty indices, for all categories together. */
const REQUESTS = 128;

/**
 * The faulty indices that one command knows, which spoil the answers for others. The same command does not ask such an
 * index again: it stays unanswered. So nothing in it is removed, and no promise counts as kept.
 */
export interface KnownFaults {
  /** The number of requests left for finding faulty indices. */
  left: number;
  /** Why an index does not answer, by name. */
  readonly faulty: Map<string, string>;
  /** Indices in which subjects cannot be searched, and why. They are counted without that search. */
  readonly obstacles: Map<string, SearchObstacle>;
}

/** The state at the start of a command. */
export const noKnownFaults = (): KnownFaults => ({ left: REQUESTS, faulty: new Map(), obstacles: new Map() });

/** The reason for an index whose search exceeded its time limit. */
export const TIMED_OUT = 'the search timed out';

/** The reason for an index whose search for dates in `_source` exceeded its time limit. */
export const DATES_TIMED_OUT = 'the search for dates in _source timed out';

/**
 * Whether an error comes from a setting by which cluster or nodes refuse scripts. Then splitting a group does not help.
 */
export const isScriptForbidden = (words: string): boolean => REFUSALS.some((setting) => words.includes(setting));

const REFUSALS = ['search.allow_expensive_queries', ...SCRIPT_SETTINGS] as const;

/** The obstacle for the search for subjects, if an index did not answer because of it. */
export const searchObstacleIn = (words = ''): SearchObstacle | undefined => {
  if (words === TIMED_OUT) return 'time';
  return [...REFUSALS, 'search.max_buckets' as const].find((setting) => words.includes(setting));
};
