import type { FoundEntries, Ledger, LedgerPosition, LedgerQuery } from './ledger.ts';

/**
 * The entries that a query finds, page by page, the most urgent first. Each is looked at once, so that what cannot be worked with, however
 * much of it there is, keeps nothing behind it from being reached. What becomes more urgent meanwhile comes the next time.
 * @param size of a page.
 * @throws TransientError when the ledger does not answer.
 */
export async function* ledgerPages(
  { find }: Pick<Ledger, 'find'>,
  query: LedgerQuery,
  size: number,
): AsyncGenerator<FoundEntries> {
  const seen = new Set<string>();
  let from: LedgerPosition | undefined;
  do {
    const page = await find(query, size, from);
    // What is written meanwhile is found again, behind the others of its deadline.
    const entries = page.entries.filter(({ entry }) => !seen.has(entry.id));
    if (entries.length === 0) return;
    for (const { entry } of entries) seen.add(entry.id);
    yield { ...page, entries };
    from = page.next;
  } while (from !== undefined);
}
