import type { Hindrance } from '../../../purge/document-store.ts';
import { SCRIPT_SETTINGS } from '../../../purge/indices/script-settings.ts';

/** So many requests one command makes to find indices at fault, however many categories it works on, and no more. */
const REQUESTS = 128;

/**
 * What one command has learnt of indices that take the answers of others with them. Such an index is not asked again by the same
 * command: it stays unanswered, so that nothing in it is removed, and nothing is called kept or erased.
 */
export interface AskingApart {
  /** Requests that may still be made to find others. */
  left: number;
  /** Why an index does not answer, by its name. */
  readonly faulty: Map<string, string>;
  /** Indices in which subjects cannot be looked for, and why. They are counted without that look. */
  readonly hindered: Map<string, Hindrance>;
}

/** What a command knows at its start. */
export const askingApart = (): AskingApart => ({ left: REQUESTS, faulty: new Map(), hindered: new Map() });

/** Why an index did not answer of which a search took longer than it may. */
export const TIMED_OUT = 'the search timed out';

/** The same, of a search that looks for dates in `_source`. */
export const DATES_TIMED_OUT = 'the search for dates in _source timed out';

/** Whether an error is a setting of cluster or nodes, by which they refuse scripts: no part of a group is answered either. */
export const isRefusal = (words: string): boolean => REFUSALS.some((setting) => words.includes(setting));

const REFUSALS = ['search.allow_expensive_queries', ...SCRIPT_SETTINGS] as const;

/** What keeps subjects from being looked for, if that is why an index did not answer. */
export const hindranceIn = (words = ''): Hindrance | undefined => {
  if (words === TIMED_OUT) return 'time';
  return [...REFUSALS, 'search.max_buckets' as const].find((setting) => words.includes(setting));
};
