import type { LedgerEntry } from './ledger-entry.ts';
import { eventKey } from './ledger-entry.ts';
import { newestReinstatement } from './obligation.ts';

/**
 * Whether an entry contains everything that an earlier entry with the same id contains: every relevant event and every
 * closure. It may have changed further since.
 */
export const isContainedIn = (earlier: LedgerEntry, entry: LedgerEntry): boolean => {
  const events = new Set(entry.events.map(eventKey));
  const closures = new Set(entry.closures.map(({ obligation }) => obligation.terminatedAt));
  const outdated = newestReinstatement(entry.events);
  return (
    earlier.events.every((event) => events.has(eventKey(event)) || event.at <= outdated) &&
    earlier.closures.every(({ obligation }) => closures.has(obligation.terminatedAt)) &&
    (earlier.doneThrough ?? Number.NEGATIVE_INFINITY) <= (entry.doneThrough ?? Number.NEGATIVE_INFINITY)
  );
};
