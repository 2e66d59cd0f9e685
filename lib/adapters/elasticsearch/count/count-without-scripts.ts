import type { SearchObstacle, Tally } from '../../../criteria/counts.ts';
import { withoutUnseen } from '../query/unseen-dates-query.ts';
import type { Countable } from './ask-in-parts.ts';
import { DATES_TIMED_OUT, type KnownFaults, searchObstacleIn } from './known-faults.ts';

const withoutAccount = ({ usable: { account, ...usable }, ...index }: Countable): Countable => ({
  ...index,
  usable,
});

const withoutLook = ({ usable, ...index }: Countable): Countable => ({ ...index, usable: withoutUnseen(usable) });

/**
 * Notes indices in which subjects, or dates in `_source`, could not be searched for.
 * @returns whether there are any.
 */
const learn = (
  asked: readonly Countable[],
  { unanswered }: Tally,
  { obstacles }: KnownFaults,
  sourceUnsearched: Set<string>,
): boolean => {
  let isNew = false;
  for (const { name, usable } of asked) {
    const words = unanswered.get(name);
    const isLate = words === DATES_TIMED_OUT && usable.unseen !== undefined;
    const obstacle = usable.account === undefined ? undefined : searchObstacleIn(words);
    if (!isLate && obstacle === undefined) continue;
    if (isLate) sourceUnsearched.add(name);
    if (obstacle !== undefined) obstacles.set(name, obstacle);
    isNew = true;
  }
  return isNew;
};

/**
 * Counts documents. If the cluster refuses run-time fields or too many buckets, or is too slow, counts again without
 * looking for subjects, since age rules do not need them. This is remembered for the rest of the command. If looking
 * for dates in `_source` is too slow, it counts without them; the next count tries again, since there may be fewer
 * documents by then.
 * @param count counts in the given indices; without an account field, no subjects are searched for.
 */
export const countWithoutScripts = async (
  indices: readonly Countable[],
  faults: KnownFaults,
  count: (indices: readonly Countable[]) => Promise<Tally>,
): Promise<Tally> => {
  const sourceUnsearched = new Set<string>();
  const searchable = (): readonly Countable[] =>
    indices.map((index) => {
      const searched = sourceUnsearched.has(index.name) ? withoutLook(index) : index;
      return faults.obstacles.has(index.name) ? withoutAccount(searched) : searched;
    });
  let asked = searchable();
  let tally = await count(asked);
  while (learn(asked, tally, faults, sourceUnsearched)) {
    asked = searchable();
    tally = await count(asked);
  }
  const unsearched = new Map<string, SearchObstacle>();
  for (const { name, usable } of indices) {
    const obstacle = faults.obstacles.get(name);
    if (usable.account !== undefined && obstacle !== undefined) unsearched.set(name, obstacle);
  }
  return {
    ...tally,
    ...(unsearched.size > 0 && { unsearched }),
    ...(sourceUnsearched.size > 0 && { sourceUnsearched }),
  };
};
