import type { Hindrance, Tally } from '../../purge/document-store.ts';
import type { Countable } from './ask-in-parts.ts';
import { type AskingApart, hindranceIn } from './asking-apart.ts';

const withoutAccount = ({ dating: { account: _, ...dating }, ...index }: Countable): Countable => ({
  ...index,
  dating,
});

/** Notes where subjects could not be looked for. @returns whether there are such indices. */
const learn = (asked: readonly Countable[], { unanswered }: Tally, { hindered }: AskingApart): boolean => {
  let isNew = false;
  for (const { name, dating } of asked) {
    const hindrance = dating.account === undefined ? undefined : hindranceIn(unanswered.get(name));
    if (hindrance === undefined) continue;
    hindered.set(name, hindrance);
    isNew = true;
  }
  return isNew;
};

/**
 * Counts; and where the cluster refuses run-time fields, or one bucket for each subject, or needs too long, counts again without a
 * look for subjects: age rules need none. What was learnt so is remembered for the command.
 * @param count counts in the indices given; where one has no account field, nobody is looked for.
 */
export const countWithoutScripts = async (
  indices: readonly Countable[],
  apart: AskingApart,
  count: (indices: readonly Countable[]) => Promise<Tally>,
): Promise<Tally> => {
  const searchable = (): readonly Countable[] =>
    indices.map((index) => (apart.hindered.has(index.name) ? withoutAccount(index) : index));
  const asked = searchable();
  const first = await count(asked);
  const tally = learn(asked, first, apart) ? await count(searchable()) : first;
  const unsearched = new Map<string, Hindrance>();
  for (const { name, dating } of indices) {
    const hindrance = apart.hindered.get(name);
    if (dating.account !== undefined && hindrance !== undefined) unsearched.set(name, hindrance);
  }
  return unsearched.size === 0 ? tally : { ...tally, unsearched };
};
