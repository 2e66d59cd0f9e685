import type { SubjectKeys } from '../subjects/key-ring.ts';
import type { LedgerEntry } from './ledger-entry.ts';
import { openSealed, sealOpening } from './sealed-opening.ts';

/**
 * Seals the closure of an entry that a reinstatement closed while it was watched. Its opening was bound only to the
 * watched part, and is now bound to the obligation too. If the opening of the watched part is not intact, nothing
 * changes, and the closure gets no receipt.
 * @param before the previous entry, which is proven.
 */
export const sealedAnew = (entry: LedgerEntry, before: LedgerEntry, keys: SubjectKeys): LedgerEntry => {
  const last = entry.closures.at(-1);
  const isClosedNow = before.watched !== undefined && entry.closures.length === before.closures.length + 1;
  if (!isClosedNow || last === undefined || typeof last.opening === 'string') return entry;
  const { obligation, ...watched } = last;
  const opening = openSealed(last.opening, { entry, facts: watched }, keys);
  if (opening === undefined) return entry;
  const closure = { ...last, opening: sealOpening(opening, { entry, facts: last }, keys) };
  return { ...entry, closures: [...entry.closures.slice(0, -1), closure] };
};
