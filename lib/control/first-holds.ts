import type { RetentionPolicy } from '../policy/retention-policy.ts';
import { assertRoom } from './change-controls.ts';
import type { ControlStore } from './control-store.ts';
import type { Hold } from './controls.ts';

/** Whether a hold of another category may concern a new one. A hold of a whole category does if its name is gone. */
const mayConcern = ({ scope }: Hold, isKnown: boolean): boolean => scope !== 'category' || !isKnown;

/**
 * The holds with which the controls of a category begin: those of the other categories that may concern it. It may
 * be one of them under a new name, or have got some of their indices. It must never leave out a hold that may still be
 * in force. So a hold that was placed in some categories only is among them too, and one that was released in some
 * categories only.
 */
const firstHolds = async (
  store: Pick<ControlStore, 'elsewhere'>,
  category: string,
  isKnown: (category: string) => boolean,
): Promise<readonly Hold[]> => {
  const elsewhere = [...(await store.elsewhere(category))];
  const found = elsewhere.flatMap(([id, holds]) => holds.filter((hold) => mayConcern(hold, isKnown(id))));
  return [...new Map(found.map((hold) => [hold.id, hold])).values()];
};

/**
 * A control store whose new controls begin with the holds of other categories. Otherwise the first run of a category
 * that was renamed or added would destroy what is on hold.
 */
export const withFirstHolds = (
  store: ControlStore,
  { categories }: Pick<RetentionPolicy, 'categories'>,
): ControlStore => ({
  ...store,
  create: async (category) => {
    const found = await store.read(category);
    if (found !== undefined) return found;
    const holds = await firstHolds(store, category, (id) => categories.has(id));
    assertRoom(holds);
    return store.create(category, holds);
  },
});
