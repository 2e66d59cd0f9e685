import { holdsOnEntry } from '../../erasure/due/held-erasures.ts';
import { isOpen, type LedgerEntry } from '../../erasure/ledger/ledger-entry.ts';
import { count } from '../output/format.ts';
import type { Session } from '../session.ts';
import { type ControlReadings, holdsOf, readControlsOf } from './control-section.ts';

/** The ids of the holds for which an open entry waits now; empty if it need not. */
export const holdIdsOf = (entry: LedgerEntry, readings: ControlReadings): readonly string[] =>
  isOpen(entry) ? holdsOnEntry(entry, holdsOf(readings, entry.category)).map(({ id }) => id) : [];

/** An entry in its state under the holds in force, even if no run has recorded that state yet. */
export const entryUnderHolds = (entry: LedgerEntry, readings: ControlReadings): LedgerEntry =>
  entry.state !== 'braked' && holdIdsOf(entry, readings).length > 0 ? { ...entry, state: 'held' } : entry;

/** Lines that say why erasures wait, and until when. They name holds by id. */
export const heldLines = (entries: readonly LedgerEntry[], readings: ControlReadings): readonly string[] =>
  entries.flatMap((entry) => {
    const ids = holdIdsOf(entry, readings);
    return ids.length === 0
      ? []
      : [
          `${entry.category}, ${entry.trigger}: under legal hold (${ids.join(', ')}): the erasure waits for the release, and its deadline is suspended.`,
        ];
  });

/** A line about erasures that a run has marked as held, but that no hold keeps any more. */
export const releasedLines = (entries: readonly LedgerEntry[], readings: ControlReadings): readonly string[] => {
  const released = entries.filter((entry) => {
    const reading = readings.get(entry.category);
    const isRead = reading !== undefined && !('unread' in reading);
    return entry.state === 'held' && isRead && holdIdsOf(entry, readings).length === 0;
  }).length;
  return released === 0
    ? []
    : [
        `${count(released, 'erasure', 'erasures')} called held, without a hold any more: the next run erases what is due.`,
      ];
};

/**
 * The texts of a command about entries that it has just recorded: a clause, lines, and the ids of the holds of each
 * entry.
 */
export const heldNow = async (session: Pick<Session, 'ports'>, entries: readonly LedgerEntry[]) => {
  const readings = await readControlsOf(session, [...new Set(entries.map(({ category }) => category))]);
  const held = entries.filter((entry) => holdIdsOf(entry, readings).length > 0).length;
  return {
    clauses: held === 0 ? [] : [`held in ${count(held, 'category', 'categories')}`],
    lines: heldLines(entries, readings),
    idsOf: (entry: LedgerEntry): readonly string[] => holdIdsOf(entry, readings),
  };
};
