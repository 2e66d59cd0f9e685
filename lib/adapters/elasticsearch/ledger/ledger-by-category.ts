import { onceForEach } from '../../../base/once-for-each.ts';
import type { Ledger } from '../../../erasure/ledger/ledger.ts';
import { categoryOfEntry } from '../../../erasure/ledger/ledger-entry.ts';

/** Calls a function for each category's part of a list. */
const eachPart = async <T, R>(
  items: readonly T[],
  categoryOf: (item: T) => string,
  work: (category: string, part: readonly T[]) => Promise<Iterable<R>>,
): Promise<readonly R[]> => {
  const results: R[] = [];
  for (const [category, part] of Map.groupBy(items, categoryOf)) results.push(...(await work(category, part)));
  return results;
};

/**
 * Joins the ledgers of all categories into one. A call about one category uses only the index of that category. A call
 * about several categories fails with the first category that fails.
 * @param open opens the ledger of one category.
 * @param categories the categories that have a ledger, even if the policy does not contain them.
 */
export const ledgerByCategory = (
  open: (category: string) => Omit<Ledger, 'categories'>,
  categories: () => Promise<readonly string[]>,
): Ledger => {
  const of = onceForEach(open);
  return {
    categories,
    read: async (ids) => new Map(await eachPart(ids, categoryOfEntry, (category, part) => of(category).read(part))),
    changed: async (reads) =>
      new Set(
        await eachPart(
          reads,
          ({ entry }) => categoryOfEntry(entry.id),
          (category, part) => of(category).changed(part),
        ),
      ),
    write: async (changes, onWritten) =>
      new Set(
        await eachPart(
          changes,
          ({ entry }) => categoryOfEntry(entry.id),
          (category, part) => of(category).write(part, onWritten),
        ),
      ),
    remove: async (reads) =>
      new Set(
        await eachPart(
          reads,
          ({ entry }) => categoryOfEntry(entry.id),
          (category, part) => of(category).remove(part),
        ),
      ),
    find: (query, limit, from) => of(query.category).find(query, limit, from),
    hidden: (category, entries) => of(category).hidden(category, entries),
    keyIdsOfOpen: (category) => of(category).keyIdsOfOpen(category),
    oldestOwed: (category) => of(category).oldestOwed(category),
    removeOld: (category, before, work) => of(category).removeOld(category, before, work),
  };
};
