import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';
import { openSealed, sealOpening } from './sealed-opening.ts';

/**
 * An entry that an event closed while it was watched: the opening of that closure is bound to what was watched alone, and now to what was
 * owed as well. Left as it is where the watched part does not open as it was sealed: then the closure gets no receipt.
 * @param before the entry as it was, of which all is proved.
 */
export const sealedAnew = (entry: LedgerEntry, before: LedgerEntry, ring: SubjectKeys): LedgerEntry => {
  const last = entry.closures.at(-1);
  const isClosedNow = before.watched !== undefined && entry.closures.length === before.closures.length + 1;
  if (!isClosedNow || last === undefined || typeof last.opening === 'string') return entry;
  const { obligation: _, ...watched } = last;
  const opening = openSealed(last.opening, { entry, facts: watched }, ring);
  if (opening === undefined) return entry;
  const closure = { ...last, opening: sealOpening(opening, { entry, facts: last }, ring) };
  return { ...entry, closures: [...entry.closures.slice(0, -1), closure] };
};
