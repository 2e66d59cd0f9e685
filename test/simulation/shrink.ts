import type { History } from './history.ts';
import type { Complaint } from './oracle.ts';
import { simulate } from './world.ts';

/**
 * Removes events that the complaint does not need: whole parts of the list first, then single events (delta debugging).
 */
const withoutNeedless = async <T>(all: readonly T[], stillFails: (some: readonly T[]) => Promise<boolean>) => {
  let left = all;
  for (let parts = 2; left.length > 0; ) {
    const size = Math.ceil(left.length / parts);
    let isSmaller = false;
    for (let at = 0; at < left.length; ) {
      const some = [...left.slice(0, at), ...left.slice(at + size)];
      if (await stillFails(some)) {
        left = some;
        isSmaller = true;
      } else at += size;
    }
    if (size <= 1 && !isSmaller) return left;
    parts = Math.min(left.length, isSmaller ? parts : parts * 2);
  }
  return left;
};

/** The smallest history that was found in which the product makes the same mistake. */
export const shrunk = async (history: History, { kind }: Pick<Complaint, 'kind'>): Promise<History> => {
  const fails = async (each: History): Promise<boolean> =>
    (await simulate(each)).complaints.some((complaint) => complaint.kind === kind);
  let small = history;
  const events = await withoutNeedless(history.events, (some) => fails({ ...history, events: some }));
  small = { ...small, events };
  for (let slots = 1; slots < history.slots; slots++)
    if (await fails({ ...small, slots })) {
      small = { ...small, slots };
      break;
    }
  for (let indices = 1; indices < history.indices; indices++)
    if (await fails({ ...small, indices })) {
      small = { ...small, indices };
      break;
    }
  return small;
};
