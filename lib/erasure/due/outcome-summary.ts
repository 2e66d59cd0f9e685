import type { ErasureSummary } from '../../purge/erasure-source.ts';
import type { ReadEntry } from '../ledger/ledger.ts';
import { type Closure, isOpen, type LedgerEntry } from '../ledger/ledger-entry.ts';

/** The new closures of recorded entries, which they did not have when they were read, by entry id. */
export const closedSince = (
  read: ReadonlyMap<string, ReadEntry>,
  recorded: readonly LedgerEntry[],
): readonly Closure[] =>
  recorded.flatMap(({ id, closures }) =>
    closures.length > (read.get(id)?.entry.closures.length ?? 0) ? closures.slice(-1) : [],
  );

/**
 * Counts how the erasures of a run ended.
 * @param counted the numbers of due subjects: those that a run erases, braked subjects, and subjects on hold.
 * @param others entries that no longer owe the erasure that the plan has read.
 */
export const outcomeSummary = (
  counted: { readonly due: number; readonly braked: number; readonly held: number },
  closed: readonly Closure[],
  others: readonly LedgerEntry[],
): ErasureSummary => {
  const erased = closed.filter(({ state }) => state === 'erased').length;
  const cancelled = others.filter((entry) => !isOpen(entry)).length;
  return {
    due: counted.due + counted.braked + counted.held,
    erased,
    nothingFound: closed.length - erased,
    cancelled,
    open: counted.due - closed.length - cancelled,
    braked: counted.braked,
    held: counted.held,
  };
};
