import type { KeptEvent } from '../events/event-log.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';
import { eventKey, isOpen, type LedgerEntry } from './ledger-entry.ts';
import { isWhollyProvenBy } from './obligation-proof.ts';
import { provenOpening } from './sealed-opening.ts';

/**
 * The proven request id of an entry: the proof proves it for an open entry, and the seal of the closure for a closed
 * entry. Anything unproven, including the account, may have been written by somebody else.
 * @param keys absent if a command has no keys; then nothing is proven.
 */
export const believedRequest = (entry: LedgerEntry, keys: SubjectKeys | undefined): string | undefined => {
  const { obligation, closures } = entry;
  if (keys === undefined || obligation === undefined) return undefined;
  const { requestId, terminatedAt } = obligation;
  if (isOpen(entry)) return isWhollyProvenBy(entry, keys) ? requestId : undefined;
  const isSealed = closures.some(
    (each) =>
      each.obligation.requestId === requestId &&
      each.obligation.terminatedAt === terminatedAt &&
      provenOpening(entry, each, keys) !== undefined,
  );
  return isSealed ? requestId : undefined;
};

/** The terminations of an open entry's obligation, as it recorded them; empty if its proof does not cover them. */
export const believedTerminations = (entry: LedgerEntry, keys: SubjectKeys | undefined): LedgerEntry['events'] => {
  const { obligation, events, trigger } = entry;
  if (keys === undefined || obligation === undefined || !isWhollyProvenBy(entry, keys)) return [];
  return events.filter(({ type, at }) => type === trigger && at >= obligation.terminatedAt);
};

/**
 * The events of the log that an entry contains. An event that somebody adds to the log does not count for the entry.
 */
export const loggedEventsOf = (
  terminations: LedgerEntry['events'],
  events: readonly KeptEvent[],
): readonly KeptEvent[] => {
  const heard = new Set(terminations.map(eventKey));
  return events.filter((event) => heard.has(eventKey({ ...event, at: Date.parse(event.at) })));
};
