import { CategoryVisit } from '../../../erasure/recording/category-visit.ts';
import type { Category } from '../../../policy/retention-policy.ts';
import { describeDuration } from '../../../policy/time/duration.ts';
import { isoInstant } from '../../../policy/time/instant.ts';
import {
  type Extreme,
  type Gap,
  gapsIn,
  type HistoryFigures,
  historyFigures,
  runsByDay,
} from '../../../purge/report/history-figures.ts';
import type { PastRuns, Period } from '../../../purge/report/run-history.ts';
import { EXIT, worstOf } from '../../exit-code.ts';
import { count, minute, number } from '../../output/format.ts';
import type { Page } from '../../output/page.ts';
import type { Result } from '../../output/result.ts';
import { limitText } from '../../output/rule-text.ts';
import type { Text } from '../../output/text.ts';
import { unreachedClauses, unreachedExitCode, unreachedJson, unreachedSection } from '../../output/unreached.ts';
import { type CsvCell, csvText } from '../../past/csv-text.ts';
import { type AskedPeriod, periodJson, readPeriod } from '../../past/period.ts';
import type { Session } from '../../session.ts';

/** The runs of one category in a period, and their totals. */
interface CategoryHistory extends PastRuns {
  readonly category: Category;
  readonly figures: HistoryFigures;
  readonly gaps: readonly Gap[];
}

/**
 * Reads the runs of the chosen categories in a period.
 * @param visit collects the categories whose reports cannot be read.
 */
const readHistory = async (
  { categories, history }: Pick<Session, 'categories' | 'history'>,
  period: Period,
  visit: CategoryVisit,
): Promise<readonly CategoryHistory[]> => {
  const byId = new Map(categories.map((category) => [category.id, category]));
  const found = await visit.each(byId.keys(), (id) => history.runs(id, period.since, period.until));
  return [...found].flatMap(([id, past]) => {
    const category = byId.get(id);
    if (category === undefined) return [];
    return [{ ...past, category, figures: historyFigures(past.runs), gaps: gapsIn(past, category.schedule, period) }];
  });
};

/** The question about the history, and the form of the answer. */
export interface HistoryQuestion extends AskedPeriod {
  /** One line for each category and day. */
  readonly daily: boolean;
  readonly csv: boolean;
}

/** A line of the table: a category, on one day or in the whole period. */
interface Line {
  readonly category: Category;
  readonly day?: string;
  readonly figures: HistoryFigures;
  /** Absent for a day: a gap may be longer. */
  readonly gaps?: readonly Gap[];
}

const linesOf = (histories: readonly CategoryHistory[], daily: boolean): readonly Line[] =>
  daily
    ? histories.flatMap(({ category, runs }) =>
        [...runsByDay(runs)].map(([day, own]) => ({ category, day, figures: historyFigures(own) })),
      )
    : histories;

const lengthCell = (extreme: Extreme | undefined): string =>
  extreme === undefined ? '–' : describeDuration(extreme.milliseconds);

const longestOf = (gaps: readonly Gap[]): number => Math.max(0, ...gaps.map(({ from, to }) => to - from));

const alarming = (found: number): Text => (found === 0 ? '0' : { text: number(found), style: 'red' });

const gapCell = (gaps: readonly Gap[]): Text =>
  gaps.length === 0
    ? '0'
    : { text: `${number(gaps.length)}, up to ${describeDuration(longestOf(gaps))}`, style: 'red' };

const rowOf = ({ category, day, figures, gaps }: Line): readonly Text[] => [
  category.id,
  ...(day === undefined ? [] : [day]),
  number(figures.runs),
  number(figures.outcomes.complete),
  number(figures.runs - figures.outcomes.complete),
  alarming(figures.notKept),
  alarming(figures.withOverdue),
  lengthCell(figures.largestLag),
  lengthCell(figures.oldest),
  limitText(category),
  number(figures.documentsRemoved),
  ...(gaps === undefined ? [] : [gapCell(gaps)]),
];

const table = (lines: readonly Line[], daily: boolean): Page => [
  '',
  {
    columns: [
      { title: 'Category' },
      ...(daily ? [{ title: 'Day (UTC)' }] : []),
      { title: 'Runs', right: true, spare: 1 },
      { title: 'Complete', right: true, spare: 3 },
      { title: 'Other', right: true, spare: 4 },
      { title: 'Not kept', right: true },
      { title: 'Overdue', right: true },
      { title: 'Largest lag', right: true },
      { title: 'Oldest', right: true },
      { title: 'Limit', spare: 5 },
      { title: 'Removed', right: true, spare: 2 },
      ...(daily ? [] : [{ title: 'Gaps' }]),
    ],
    rows: lines.map(rowOf),
  },
];

const NOTE =
  'Other: incomplete, refused, observed or unfinished. Not kept, overdue: runs that found so. Largest lag: how long the oldest document had been expired when a run ended. Gaps: times without a run, longer than two schedules. --json names each.';

const MAX_GAPS_LISTED = 10;

const gapsPage = (histories: readonly CategoryHistory[]): Page => {
  const gaps = histories.flatMap(({ category, gaps: own }) => own.map((gap) => ({ id: category.id, ...gap })));
  if (gaps.length === 0) return [];
  const longest = gaps.toSorted((a, b) => b.to - b.from - (a.to - a.from)).slice(0, MAX_GAPS_LISTED);
  return [
    '',
    { text: 'Without a run', style: 'bold' },
    ...longest.map(
      ({ id, from, to }) => `  ${id}: ${minute(from)} to ${minute(to)} UTC (${describeDuration(to - from)})`,
    ),
    ...(gaps.length > longest.length
      ? [`  … and ${number(gaps.length - longest.length)} shorter ones: see --json`]
      : []),
  ];
};

const doubtfulPage = (histories: readonly CategoryHistory[]): Page =>
  histories.flatMap(({ category, doubtful: [first, ...others] }) =>
    first === undefined
      ? []
      : [
          '',
          `${category.id}: ${count(others.length + 1, 'report', 'reports')} not as a run writes them, and not counted (${first}${others.length === 0 ? '' : ', …'}). Find out who wrote them: node bin/es-retention.mjs verify`,
        ],
  );

const summaryOf = (histories: readonly CategoryHistory[], { since, until }: Period, visit: CategoryVisit): string => {
  const sum = (value: (each: CategoryHistory) => number): number =>
    histories.reduce((total, each) => total + value(each), 0);
  const [runs, notKept, gaps] = [
    sum(({ figures }) => figures.runs),
    sum(({ figures }) => figures.notKept),
    sum((each) => each.gaps.length),
  ];
  return [
    `History: ${count(runs, 'run', 'runs')} from ${minute(since)} to ${minute(until)} UTC`,
    runs === 0
      ? 'nothing is known of the promises'
      : notKept === 0
        ? 'no run found a promise not kept'
        : `${count(notKept, 'run', 'runs')} found a promise not kept`,
    gaps === 0 ? 'no gap' : count(gaps, 'gap', 'gaps'),
    ...unreachedClauses(visit.unreached),
  ].join(' · ');
};

const extremeJson = (extreme: Extreme | undefined) =>
  extreme === undefined ? null : { ...extreme, at: isoInstant(extreme.at) };

const figuresJson = ({ largestLag, oldest, firstAt, lastAt, ...figures }: HistoryFigures) => ({
  ...figures,
  largestLag: extremeJson(largestLag),
  oldest: extremeJson(oldest),
  firstAt: firstAt === undefined ? null : isoInstant(firstAt),
  lastAt: lastAt === undefined ? null : isoInstant(lastAt),
});

/** The keys of one category for programs: its figures, each gap, and each day. */
const historyJson = ({ category, figures, gaps, doubtful, runs }: CategoryHistory) => ({
  category: category.id,
  limit: limitText(category),
  ...figuresJson(figures),
  gaps: gaps.map(({ from, to }) => ({ from: isoInstant(from), to: isoInstant(to) })),
  doubtful,
  days: [...runsByDay(runs)].map(([day, own]) => ({ day, ...figuresJson(historyFigures(own)) })),
});

const CSV_HEADER = [
  'category',
  'day',
  'runs',
  'complete',
  'incomplete',
  'refused',
  'observed',
  'unfinished',
  'not_kept',
  'with_overdue',
  'largest_lag_seconds',
  'oldest_seconds',
  'limit',
  'documents_removed',
  'indices_dropped',
  'erasures',
  'gaps',
  'longest_gap_seconds',
  'first_run',
  'last_run',
];

const seconds = (milliseconds: number | undefined): CsvCell =>
  milliseconds === undefined ? undefined : Math.round(milliseconds / 1000);

const instantCell = (instant: number | undefined): CsvCell => (instant === undefined ? undefined : isoInstant(instant));

const csvRow = ({ category, day, figures, gaps }: Line): readonly CsvCell[] => {
  const { complete, incomplete, refused, observed } = figures.outcomes;
  return [
    category.id,
    day,
    figures.runs,
    complete,
    incomplete,
    refused,
    observed,
    figures.unfinished,
    figures.notKept,
    figures.withOverdue,
    seconds(figures.largestLag?.milliseconds),
    seconds(figures.oldest?.milliseconds),
    limitText(category),
    figures.documentsRemoved,
    figures.indicesDropped,
    figures.erasures,
    gaps?.length,
    gaps === undefined ? undefined : seconds(longestOf(gaps)),
    instantCell(figures.firstAt),
    instantCell(figures.lastAt),
  ];
};

/**
 * `history`: the findings and actions of the runs of a period, from their reports. Changes nothing. Problems of the
 * past do not change the exit code, because nobody can change the past.
 */
export const historyCommand = async (session: Session, question: HistoryQuestion): Promise<Result> => {
  const period = readPeriod(question, session.ports.clock());
  const visit = new CategoryVisit();
  const histories = await readHistory(session, period, visit);
  const lines = linesOf(histories, question.daily);
  const { unreached } = visit;
  const summary = summaryOf(histories, period, visit);
  const exitCode = worstOf([EXIT.done, unreachedExitCode(unreached)]);
  return {
    page: [
      { text: summary, style: 'bold' },
      ...table(lines, question.daily),
      NOTE,
      ...gapsPage(histories),
      ...doubtfulPage(histories),
      ...unreachedSection(unreached),
    ],
    json: {
      command: 'history',
      summary,
      exitCode,
      ...periodJson(period),
      categories: histories.map(historyJson),
      unreached: unreachedJson(unreached),
    },
    ...(question.csv && { csv: csvText(CSV_HEADER, lines.map(csvRow)) }),
    exitCode,
  };
};
