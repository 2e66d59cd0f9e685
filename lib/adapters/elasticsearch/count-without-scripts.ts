import type { Tally } from '../../purge/document-store.ts';
import { type Countable, isRefusal } from './ask-in-parts.ts';

/** The cluster's setting that keeps subjects from being looked for, if that is why an index did not answer. */
const settingIn = (words = ''): string | undefined => {
  if (isRefusal(words)) return 'search.allow_expensive_queries';
  return words.includes('search.max_buckets') ? 'search.max_buckets' : undefined;
};

/**
 * Counts; and where the cluster refuses run-time fields, or one bucket for each subject, counts again without a look for subjects:
 * age rules need none.
 * @param count counts in the indices given; where one has no account field, nobody is looked for.
 */
export const countWithoutScripts = async (
  indices: readonly Countable[],
  count: (indices: readonly Countable[]) => Promise<Tally>,
): Promise<Tally> => {
  const first = await count(indices);
  const refused = new Map<string, string>();
  for (const { name, dating } of indices) {
    const setting = dating.account === undefined ? undefined : settingIn(first.unanswered.get(name));
    if (setting !== undefined) refused.set(name, setting);
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
