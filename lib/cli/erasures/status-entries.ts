import { isDue, isOpen, isOverdue, isReopened, type LedgerEntry } from '../../erasure/ledger/ledger-entry.ts';
import { HOUR } from '../../policy/time/duration.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import { minute, number, shortHash } from '../output/format.ts';
import type { Page } from '../output/page.ts';
import type { Text } from '../output/text.ts';

/** The hours until a deadline, or since it. */
export const timeLeft = (entry: LedgerEntry, now: Instant): Text => {
  if (!isOpen(entry) || entry.obligation === undefined) return '';
  const hours = (entry.obligation.eraseBy - now) / HOUR;
  if (hours < 0) return { text: `${number(Math.ceil(-hours))} h over`, style: 'red' };
  return hours < 1 ? 'under 1 h' : `${number(Math.floor(hours))} h`;
};

const stateCell = (entry: LedgerEntry, now: Instant): Text => {
  const state = isReopened(entry) ? `${entry.state}, reopened` : entry.state;
  if (isOverdue(entry, now)) return { text: `${state}, overdue`, style: 'red' };
  if (isDue(entry, now)) return `${state}, due`;
  return entry.reinstatedAt === undefined ? entry.state : `${entry.state}, reinstated after`;
};

/** A cancelled entry owes nothing, so it has no such instant. */
const owedAt = ({ state }: LedgerEntry, instant: Instant | undefined): string =>
  instant === undefined || state === 'cancelled' ? '–' : minute(instant);

/** Documents that a run had counted when its erasure was cancelled. It is not known yet how many were erased. */
const unconfirmed = ({ state, progress }: LedgerEntry): number => (state === 'cancelled' ? (progress.claimed ?? 0) : 0);

const erasedCell = (entry: LedgerEntry): string => {
  const { documentsErased } = entry.progress;
  const most = documentsErased + unconfirmed(entry);
  return most > documentsErased ? `${number(documentsErased)} to ${number(most)}` : number(documentsErased);
};

/** The proven request id of an entry. */
export type RequestOf = (entry: LedgerEntry) => string | undefined;

/** A table of ledger entries. A subject is shown as the beginning of its hash. */
export const entriesTable = (entries: readonly LedgerEntry[], now: Instant, requestOf: RequestOf): Page =>
  entries.length === 0
    ? []
    : [
        {
          columns: [
            { title: 'Subject' },
            { title: 'Scope', spare: 3 },
            { title: 'Because', spare: 2 },
            { title: 'State' },
            { title: 'Erase from (UTC)', spare: 4 },
            { title: 'Erase by (UTC)' },
            { title: 'Left', right: true },
            { title: 'Erased', right: true, spare: 1 },
            { title: 'Request' },
          ],
          rows: entries.map((entry) => [
            shortHash(entry.subject.hash),
            entry.scope,
            entry.trigger,
            stateCell(entry, now),
            owedAt(entry, entry.obligation?.eraseFrom),
            owedAt(entry, entry.obligation?.eraseBy),
            timeLeft(entry, now),
            erasedCell(entry),
            requestOf(entry) ?? '–',
          ]),
        },
      ];

const iso = (instant: Instant | undefined): string | null => (instant === undefined ? null : isoInstant(instant));

/** An entry for programs. It names no subject; only holders of the key can resolve the hash. */
export const entryJson = (entry: LedgerEntry, now: Instant, requestId: string | undefined) => {
  const { obligation } = entry;
  return {
    category: entry.category,
    subject: entry.subject,
    scope: entry.scope,
    trigger: entry.trigger,
    state: entry.state,
    ...(isReopened(entry) && { reopened: true }),
    due: isDue(entry, now),
    overdue: isOverdue(entry, now),
    requestId: requestId ?? null,
    terminatedAt: iso(obligation?.terminatedAt),
    eraseFrom: iso(obligation?.eraseFrom),
    eraseBy: iso(obligation?.eraseBy),
    hoursLeft: obligation === undefined || !isOpen(entry) ? null : (obligation.eraseBy - now) / HOUR,
    documentsErased: entry.progress.documentsErased,
    mayBeErasedToo: unconfirmed(entry),
    newUse: entry.progress.newUse,
    closedAt: iso(entry.closedAt),
    reinstatedAt: iso(entry.reinstatedAt),
    receipts: entry.closures.flatMap(({ receipt }) => receipt ?? []),
  };
};
