import { assertRoom } from './change-controls.ts';
import type { ControlStore } from './control-store.ts';
import type { Hold } from './controls.ts';

/**
 * The holds with which the controls of a category begin: those of all other categories. It may be one of them under a
 * new name, or have got some of their indices. It must never leave out a hold that may still be in force. So these are
 * among them too: a hold of another whole category, and one that was placed or released in some categories only.
 */
const firstHolds = async (store: Pick<ControlStore, 'elsewhere'>, category: string): Promise<readonly Hold[]> => {
  const found = [...(await store.elsewhere(category)).values()].flat();
  return [...new Map(found.map((hold) => [hold.id, hold])).values()];
};

/**
 * A control store whose new controls begin with the holds of other categories. Otherwise the first run of a category
 * that was renamed or added would destroy what is on hold.
 */
export const withFirstHolds = (store: ControlStore): ControlStore => ({
  ...store,
  create: async (category) => {
    const found = await store.read(category);
    if (found !== undefined) return found;
    const holds = await firstHolds(store, category);
    assertRoom(holds);
    return store.create(category, holds);
  },
});
