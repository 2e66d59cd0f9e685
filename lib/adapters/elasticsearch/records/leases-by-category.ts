import { onceForEach } from '../../../base/once-for-each.ts';
import type { LeaseStore } from '../../../purge/lease.ts';

/**
 * Joins the lease stores of all categories into one.
 * @param open opens the store of one category.
 * @param categories the categories that have leases, even if the policy does not contain them.
 */
export const leasesByCategory = (
  open: (category: string) => Omit<LeaseStore, 'categories'>,
  categories: () => Promise<readonly string[]>,
): LeaseStore => {
  const of = onceForEach(open);
  return {
    acquire: (category, runId) => of(category).acquire(category, runId),
    categories,
    leftoverBlocks: (category) => of(category).leftoverBlocks(category),
    owner: (category) => of(category).owner(category),
    destruction: (category) => of(category).destruction(category),
    controlsSeen: (category) => of(category).controlsSeen(category),
    rememberControls: (category, controls, isAccepted) => of(category).rememberControls(category, controls, isAccepted),
  };
};
