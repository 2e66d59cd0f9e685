import type { AccountEvent } from '../../../erasure/events/account-event.ts';
import { isOpen, type LedgerEntry } from '../../../erasure/ledger/ledger-entry.ts';
import type { Recorded } from '../../../erasure/recording/record-account-event.ts';
import type { Instant } from '../../../policy/time/instant.ts';
import { type DocumentsNow, documentsText } from '../../erasures/documents-now.ts';
import { count, minute } from '../../output/format.ts';

const closedText = ({ state, progress, reinstatedAt, closedAt }: LedgerEntry, isCancelled: boolean): string => {
  if (state === 'cancelled') {
    const { documentsErased, claimed = 0 } = progress;
    const said =
      documentsErased > 0 ? `, after ${count(documentsErased, 'document', 'documents')} had been erased` : '';
    if (claimed > 0)
      return `cancelled${said}; a run had begun with it: ${documentsErased > 0 ? 'another ' : ''}${count(claimed, 'document', 'documents')}, of which some or all may be erased`;
    if (documentsErased > 0) return `cancelled${said}`;
    return isCancelled ? 'cancelled, nothing is owed any more' : 'nothing is owed';
  }
  if (isCancelled) return `cancelled; what was owed before is ${state}`;
  if (reinstatedAt === undefined) return `${state} already`;
  return `${state} before, at ${minute(closedAt ?? 0)} UTC; the reinstatement is recorded, and brings nothing back`;
};

const openText = ({ state, obligation }: LedgerEntry, now: Instant): string => {
  const { eraseFrom = now, eraseBy = now } = obligation ?? {};
  const when = eraseFrom <= now ? 'by the next run' : `by the first run from ${minute(eraseFrom)} UTC on`;
  return `${state}, to be erased ${when}, not later than ${minute(eraseBy)} UTC`;
};

/** An entry in its current state, with the number of documents to erase if it owes an erasure. */
export interface EntryNow {
  readonly entry: LedgerEntry;
  /** Absent if nothing is owed. */
  readonly documents?: DocumentsNow | undefined;
}

/** One line on the effect of an event on one entry. */
export const entryLine = ({ entry, documents }: EntryNow, { cancelled }: Recorded, now: Instant): string =>
  `${entry.category}, ${entry.trigger}: ${
    isOpen(entry)
      ? `${openText(entry, now)}; ${documentsText(documents)}`
      : closedText(entry, cancelled.includes(entry))
  }`;

/** `owed in 1 category`, `nothing owed` */
const terminatedText = ({ entries }: Recorded): string => {
  const owed = entries.filter(isOpen).length;
  return owed === 0 ? 'nothing owed' : `owed in ${count(owed, 'category', 'categories')}`;
};

/** `cancelled 1 erasure`, `nothing to cancel, erased before in 1 category` */
const reinstatedText = ({ entries, cancelled }: Recorded): string => {
  const owed = entries.filter(isOpen).length;
  const late = entries.filter((entry) => entry.state === 'erased' && !cancelled.includes(entry)).length;
  return [
    cancelled.length === 0 ? 'nothing to cancel' : `cancelled ${count(cancelled.length, 'erasure', 'erasures')}`,
    ...(owed > 0 ? [`still owed, by a later termination, in ${count(owed, 'category', 'categories')}`] : []),
    ...(late > 0 ? [`erased before in ${count(late, 'category', 'categories')}`] : []),
  ].join(', ');
};

/** `Recorded: account-deleted · owed in 1 category` */
export const recordedText = ({ type }: AccountEvent, recorded: Recorded): string =>
  `${recorded.isNew ? 'Recorded' : 'Heard before'}: ${type} · ${
    type === 'account-reinstated' ? reinstatedText(recorded) : terminatedText(recorded)
  }`;
