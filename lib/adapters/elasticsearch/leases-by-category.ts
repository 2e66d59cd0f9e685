import type { LeaseStore, UnheldLease } from '../../purge/lease.ts';
import { perCategory } from '../per-category.ts';

/**
 * One lease store out of those of the categories.
 * @param open the store of one category.
 * @param categories those that have leases, whatever the policy says of them.
 */
export const leasesByCategory = (
  open: (category: string) => LeaseStore,
  categories: () => Promise<readonly string[]>,
): LeaseStore => {
  const of = perCategory(open);
  return {
    acquire: (category, runId) => of(category).acquire(category, runId),
    unheld: async () => {
      const unheld: UnheldLease[] = [];
      // What another category's index says of a lease means nothing.
      for (const category of await categories())
        unheld.push(...(await of(category).unheld()).filter(({ categoryId }) => categoryId === category));
      return unheld;
    },
  };
};
