import type { Ledger, OpenErasures, ReadEntry } from '../../erasure/ledger.ts';
import { categoryOfEntry } from '../../erasure/ledger-entry.ts';
import { perCategory } from '../per-category.ts';

const urgencyOf = ({ entry }: ReadEntry): number => entry.obligation?.eraseBy ?? Number.POSITIVE_INFINITY;

/** Does something with each category's part of a list. */
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
 * One ledger out of those of the categories. What is asked of one category reaches its own index and no other.
 * @param open the ledger of one category.
 * @param categories those that have a ledger, whatever the policy says of them.
 */
export const ledgerByCategory = (
  open: (category: string) => Ledger,
  categories: () => Promise<readonly string[]>,
): Ledger => {
  const of = perCategory(open);
  return {
    read: async (ids) => new Map(await eachPart(ids, categoryOfEntry, (category, part) => of(category).read(part))),
    write: async (changes) =>
      new Set(
        await eachPart(
          changes,
          ({ entry }) => categoryOfEntry(entry.id),
          (category, part) => of(category).write(part),
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
    find: async (query, limit) => {
      if (query.category !== undefined) return of(query.category).find(query, limit);
      const found = [];
      for (const category of await categories()) found.push(await of(category).find({ ...query, category }, limit));
      const entries = found.flatMap((each) => each.entries).toSorted((a, b) => urgencyOf(a) - urgencyOf(b));
      return { entries: entries.slice(0, limit), total: found.reduce((sum, { total }) => sum + total, 0) };
    },
    kidsOfOpen: async (category) => {
      const kids = new Set<string>();
      for (const each of category === undefined ? await categories() : [category])
        for (const kid of await of(each).kidsOfOpen(each)) kids.add(kid);
      return [...kids];
    },
    openByCategory: async (now) => {
      const open = new Map<string, OpenErasures>();
      for (const category of await categories()) {
        const own = (await of(category).openByCategory(now)).get(category);
        if (own !== undefined) open.set(category, own);
      }
      return open;
    },
    oldestOwed: (category) => of(category).oldestOwed(category),
    forget: (category, before, work) => of(category).forget(category, before, work),
  };
};
