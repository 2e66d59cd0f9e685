import { type Hold, heldAccounts, holdsOnIndex } from '../../control/controls.ts';
import { isKeptWhole } from '../../purge/controls/held-index.ts';
import type { Plan, PlannedIndex } from '../../purge/plan.ts';
import type { Session } from '../session.ts';

/** The holds among these that keep the document. Halves the list, so that few of many holds are found quickly. */
const holdersAmong = async (
  holds: readonly Hold[],
  isHeldBy: (holds: readonly Hold[]) => Promise<boolean>,
): Promise<readonly Hold[]> => {
  if (holds.length === 0 || !(await isHeldBy(holds))) return [];
  if (holds.length === 1) return holds;
  const middle = Math.ceil(holds.length / 2);
  return [
    ...(await holdersAmong(holds.slice(0, middle), isHeldBy)),
    ...(await holdersAmong(holds.slice(middle), isHeldBy)),
  ];
};

/**
 * The holds that keep a document which counts as held: those of its index or category, or else those of accounts that
 * it names. Each is asked for by the query of the plan. Empty if no search can tell whose document it is: a finding of
 * the plan says so.
 * @param plan the plan of the next run, narrowed to the document.
 */
export const holdsOnDocument = async (
  { ports: { store } }: Session,
  { criteria }: Plan,
  { description, usable }: PlannedIndex,
  id: string,
): Promise<readonly Hold[]> => {
  const { held } = criteria;
  if (held === undefined) return [];
  const onIndex = holdsOnIndex(held.holds, description);
  if (onIndex.length > 0) return onIndex;
  if (isKeptWhole(usable)) return [];
  const { name, primaries } = description;
  const isHeldBy = async (holds: readonly Hold[]): Promise<boolean> => {
    const asked = { ...criteria, held: { ...held, accounts: heldAccounts(holds), holds } };
    const { counts } = await store.count([name], [{ name, primaries, usable }], asked, id);
    return (counts.get(name)?.held ?? 0) > 0;
  };
  return holdersAmong(
    held.holds.filter(({ uin }) => uin !== undefined),
    isHeldBy,
  );
};
