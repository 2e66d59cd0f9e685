import type { FoundEntries, Ledger, LedgerPosition, LedgerQuery } from './ledger.ts';

/**
 * The entries that a query finds, page by page, the most urgent first. Each entry is visited once, so that entries that
 * cannot be processed do not block the entries after them. An entry that becomes more urgent meanwhile is visited next
 * time.
 * @param size of a page.
 * @throws TransientError if the ledger does not answer.
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
    // An entry that is written meanwhile appears again, after others with the same deadline.
    const entries = page.entries.filter(({ entry }) => !seen.has(entry.id));
    if (entries.length === 0) return;
    for (const { entry } of entries) seen.add(entry.id);
    yield { ...page, entries };
    from = page.next;
  } while (from !== undefined);
}
