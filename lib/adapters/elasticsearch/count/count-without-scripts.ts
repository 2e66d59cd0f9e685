import type { Hindrance, Tally } from '../../../purge/document-store.ts';
import type { Countable } from './ask-in-parts.ts';
import { type AskingApart, DATES_TIMED_OUT, hindranceIn } from './asking-apart.ts';

const withoutAccount = ({ dating: { account: _, ...dating }, ...index }: Countable): Countable => ({
  ...index,
  dating,
});

const withoutUnseen = ({ dating: { unseen: _, ...dating }, ...index }: Countable): Countable => ({ ...index, dating });

/**
 * Notes indices in which subjects, or dates in `_source`, could not be looked for.
 * @returns whether there are any.
 */
const learn = (
  asked: readonly Countable[],
  { unanswered }: Tally,
  { hindered }: AskingApart,
  unlooked: Set<string>,
): boolean => {
  let isNew = false;
  for (const { name, dating } of asked) {
    const words = unanswered.get(name);
    const isLate = words === DATES_TIMED_OUT && dating.unseen !== undefined;
    const hindrance = dating.account === undefined ? undefined : hindranceIn(words);
    if (!isLate && hindrance === undefined) continue;
    if (isLate) unlooked.add(name);
    if (hindrance !== undefined) hindered.set(name, hindrance);
    isNew = true;
  }
  return isNew;
};

/**
 * Counts documents. If the cluster refuses run-time fields or too many buckets, or is too slow, counts again without
 * looking for subjects, since age rules do not need them. This is remembered for the rest of the command. If looking
 * for dates in `_source` is too slow, it counts without them; the next count tries again, since there may be fewer
 * documents by then.
 * @param count counts in the given indices; without an account field, no subjects are looked for.
 */
export const countWithoutScripts = async (
  indices: readonly Countable[],
  apart: AskingApart,
  count: (indices: readonly Countable[]) => Promise<Tally>,
): Promise<Tally> => {
  const unlooked = new Set<string>();
  const searchable = (): readonly Countable[] =>
    indices.map((index) => {
      const looked = unlooked.has(index.name) ? withoutUnseen(index) : index;
      return apart.hindered.has(index.name) ? withoutAccount(looked) : looked;
    });
  let asked = searchable();
  let tally = await count(asked);
  while (learn(asked, tally, apart, unlooked)) {
    asked = searchable();
    tally = await count(asked);
  }
  const unsearched = new Map<string, Hindrance>();
  for (const { name, dating } of indices) {
    const hindrance = apart.hindered.get(name);
    if (dating.account !== undefined && hindrance !== undefined) unsearched.set(name, hindrance);
  }
  return { ...tally, ...(unsearched.size > 0 && { unsearched }), ...(unlooked.size > 0 && { unlooked }) };
};
