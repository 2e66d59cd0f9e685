import type { Ledger } from '../ledger/ledger.ts';
import { isMalformed, type LedgerEntry } from '../ledger/ledger-entry.ts';
import { ledgerPages } from '../ledger/ledger-pages.ts';
import type { SealOpening } from '../ledger/sealed-opening.ts';

/** The maximum number of entries of an earlier version that one run seals; the next run continues. */
const MAX_SEALED = 5_000;
/** Number of entries loaded at once. */
const ENTRIES_AT_ONCE = 1_000;

const withSealed = (entry: LedgerEntry, seal: SealOpening): LedgerEntry => {
  const sealed = <T extends LedgerEntry['closures'][number] | NonNullable<LedgerEntry['watched']>>(closure: T): T =>
    typeof closure.opening === 'string'
      ? { ...closure, opening: seal(closure.opening, { entry, facts: closure }) }
      : closure;
  return {
    ...entry,
    closures: entry.closures.map(sealed),
    ...(entry.watched !== undefined && { watched: sealed(entry.watched) }),
  };
};

/**
 * Seals the openings that an earlier version left unsealed in the entries of a category. They prove nothing about the
 * content of their closures. An entry that somebody else changed meanwhile waits for the next run.
 * @param sealer called only if there is something to seal.
 * @throws InputError without keys; TransientError if the ledger does not answer.
 */
export const sealOpenings = async (
  category: string,
  ledger: Pick<Ledger, 'find' | 'write'>,
  sealer: () => Promise<SealOpening>,
): Promise<void> => {
  let sealed = 0;
  for await (const page of ledgerPages(ledger, { category, unsealed: true }, ENTRIES_AT_ONCE)) {
    const entries = page.entries.filter(({ entry }) => !isMalformed(entry));
    if (entries.length > 0) {
      const seal = await sealer();
      await ledger.write(entries.map((read) => ({ entry: withSealed(read.entry, seal), read })));
    }
    sealed += entries.length;
    if (sealed >= MAX_SEALED) return;
  }
};
