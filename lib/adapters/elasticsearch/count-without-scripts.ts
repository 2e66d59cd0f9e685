import type { Hindrance, Tally } from '../../purge/document-store.ts';
import { type Countable, isRefusal, TIMED_OUT } from './ask-in-parts.ts';

/** What keeps subjects from being looked for, if that is why an index did not answer. */
const hindranceIn = (words = ''): Hindrance | undefined => {
  if (isRefusal(words)) return 'search.allow_expensive_queries';
  if (words === TIMED_OUT) return 'time';
  return words.includes('search.max_buckets') ? 'search.max_buckets' : undefined;
};

/**
 * Counts; and where the cluster refuses run-time fields, or one bucket for each subject, or needs too long, counts again without a
 * look for subjects: age rules need none.
 * @param count counts in the indices given; where one has no account field, nobody is looked for.
 */
export const countWithoutScripts = async (
  indices: readonly Countable[],
  count: (indices: readonly Countable[]) => Promise<Tally>,
): Promise<Tally> => {
  const first = await count(indices);
  const refused = new Map<string, Hindrance>();
  for (const { name, dating } of indices) {
    const hindrance = dating.account === undefined ? undefined : hindranceIn(first.unanswered.get(name));
    if (hindrance !== undefined) refused.set(name, hindrance);
  }
  if (refused.size === 0) return first;
  const again = await count(
    indices.map((index) => {
      const { account: _, ...dating } = index.dating;
      return refused.has(index.name) ? { ...index, dating } : index;
    }),
  );
  return { ...again, unsearched: refused };
};
