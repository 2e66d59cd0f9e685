import { CategoryVisit } from '../../../erasure/recording/category-visit.ts';
import { describeDuration } from '../../../policy/time/duration.ts';
import { isoInstant } from '../../../policy/time/instant.ts';
import type { Period } from '../../../purge/report/run-history.ts';
import { checkLedger, ledgerClauses, ledgerJson, ledgerSection } from '../../erasures/ledger-check.ts';
import { EXIT, worstOf } from '../../exit-code.ts';
import { count, minute, number, shortHash } from '../../output/format.ts';
import type { Page } from '../../output/page.ts';
import type { Result } from '../../output/result.ts';
import type { Text } from '../../output/text.ts';
import { type ClosedErasure, closedErasures, closedJson } from '../../past/closed-erasures.ts';
import { type CsvCell, csvText } from '../../past/csv-text.ts';
import { type AskedPeriod, periodJson, readPeriod } from '../../past/period.ts';
import type { Session } from '../../session.ts';

/** The question about closed erasures, and the form of the answer. */
export interface ClosedQuestion extends AskedPeriod {
  readonly csv: boolean;
}

const timeCell = ({ lateBy }: ClosedErasure): Text =>
  lateBy === 0 ? 'in time' : { text: `${describeDuration(lateBy)} late`, style: 'red' };

const receiptText = ({ receipt, withoutReceipt }: ClosedErasure): string =>
  receipt ?? (withoutReceipt === true ? 'none: not proven' : 'not issued yet');

const outcomeText = ({ outcome, reopenedAt }: ClosedErasure): string =>
  reopenedAt === undefined ? outcome : `${outcome}, reopened`;

const table = (closed: readonly ClosedErasure[]): Page =>
  closed.length === 0
    ? []
    : [
        '',
        {
          columns: [
            { title: 'Category' },
            { title: 'Subject' },
            { title: 'Because', spare: 4 },
            { title: 'Outcome', spare: 2 },
            { title: 'Closed (UTC)' },
            { title: 'Erase by (UTC)', spare: 3 },
            { title: 'Result' },
            { title: 'Erased', right: true, spare: 1 },
            { title: 'Receipt' },
          ],
          rows: closed.map((each) => [
            each.category,
            shortHash(each.subject.hash),
            each.trigger,
            outcomeText(each),
            minute(each.closedAt),
            minute(each.eraseBy),
            timeCell(each),
            number(each.documentsErased),
            receiptText(each),
          ]),
        },
      ];

const CSV_HEADER = [
  'category',
  'subject_kid',
  'subject_hash',
  'scope',
  'trigger',
  'outcome',
  'terminated_at',
  'erase_by',
  'closed_at',
  'in_time',
  'late_by_seconds',
  'documents_erased',
  'receipt',
  'holds',
  'reopened_at',
];

const csvRow = (each: ClosedErasure): readonly CsvCell[] => [
  each.category,
  each.subject.kid,
  each.subject.hash,
  each.scope,
  each.trigger,
  each.outcome,
  isoInstant(each.terminatedAt),
  isoInstant(each.eraseBy),
  isoInstant(each.closedAt),
  each.lateBy === 0,
  Math.round(each.lateBy / 1000),
  each.documentsErased,
  each.receipt,
  each.holds.join(' '),
  each.reopenedAt === undefined ? undefined : isoInstant(each.reopenedAt),
];

const summaryOf = (closed: readonly ClosedErasure[], { since, until }: Period, clauses: readonly string[]): string => {
  const late = closed.filter(({ lateBy }) => lateBy > 0).length;
  const without = closed.filter(({ receipt }) => receipt === undefined).length;
  return [
    `Closed: ${count(closed.length, 'erasure', 'erasures')} from ${minute(since)} to ${minute(until)} UTC`,
    ...(closed.length === 0 ? [] : [`${number(closed.length - late)} in time`]),
    ...(late === 0 ? [] : [`${number(late)} late`]),
    ...(without === 0 ? [] : [`${number(without)} without a receipt`]),
    ...clauses,
  ].join(' · ');
};

/**
 * `status --closed`: the erasures that were closed in a period, with the deadline, and whether it was kept. Names no
 * account. Late erasures do not change the exit code, because nobody can change the past.
 */
export const closedCommand = async (session: Session, question: ClosedQuestion): Promise<Result> => {
  const period = readPeriod(question, session.ports.clock());
  const visit = new CategoryVisit();
  const closed = await closedErasures(session, period, visit);
  const ledger = await checkLedger(session, visit);
  const summary = summaryOf(closed, period, ledgerClauses(ledger));
  const exitCode = worstOf([EXIT.done, ledger.exitCode]);
  return {
    page: [
      { text: summary, style: 'bold' },
      ...table(closed),
      'In time: nothing was left at the deadline, by a count of the documents. Housekeeping removes old entries of the ledger; the archive keeps their receipts longer.',
      ...ledgerSection(ledger),
    ],
    json: {
      command: 'status',
      summary,
      exitCode,
      ...periodJson(period),
      closed: closed.map(closedJson),
      ledger: ledgerJson(ledger),
    },
    ...(question.csv && { csv: csvText(CSV_HEADER, closed.map(csvRow)) }),
    exitCode,
  };
};
