import { describeDuration } from '../../../policy/time/duration.ts';
import { type Report, type ReportedIndex, wasDropped } from '../../../purge/report/report.ts';
import { findingsPage, refusalsPage } from '../../output/findings-page.ts';
import { count, number } from '../../output/format.ts';
import type { Page } from '../../output/page.ts';
import type { Table } from '../../output/table-lines.ts';
import type { Text, TextSpan } from '../../output/text.ts';
import { amount, amountOf } from '../../runs/amount-to-remove.ts';

const removes = ({ planned }: ReportedIndex): boolean => planned === 'drop' || planned === 'delete';

/** The total that was purged, or would have been. */
export const purgedAmount = (reports: readonly Report[], executed: boolean): string => {
  if (executed) {
    const done = reports.flatMap(({ indices }) => indices);
    const purged = done.map((index) => ({ documents: index.documentsRemoved, isDropped: wasDropped(index) }));
    return `purged: ${amount(amountOf(purged))}`;
  }
  const planned = reports.flatMap(({ refusals, indices }) => (refusals.length > 0 ? [] : indices.filter(removes)));
  const due = planned.map((index) => ({ documents: index.dueBefore ?? 0, isDropped: index.planned === 'drop' }));
  return `would purge: ${amount(amountOf(due))}`;
};

const known = (value: number | undefined): string => (value === undefined ? '?' : number(value));

const after = ({ found, documentsAfter }: ReportedIndex): Text =>
  found === 'gone' ? { text: 'gone', style: 'green' } : found === 'unanswered' ? '?' : known(documentsAfter);

const executedTable = ({ category, indices }: Report): Table => ({
  of: { title: 'Category', value: category },
  columns: [
    { title: 'Index' },
    { title: 'Planned', spare: 3 },
    { title: 'Did' },
    { title: 'Removed', right: true },
    { title: 'Before', right: true, spare: 2 },
    { title: 'After', right: true, spare: 1 },
    { title: 'Due left', right: true },
    { title: 'Why' },
  ],
  rows: indices.map((index) => [
    index.index,
    index.planned,
    index.did ?? '–',
    number(index.documentsRemoved),
    known(index.documentsBefore),
    after(index),
    index.found === 'gone' ? '–' : known(index.dueAfter),
    index.note ?? index.reason,
  ]),
});

/** The table of a run that destroyed nothing. */
const plannedTable = ({ category, indices, refusals }: Report): Table => ({
  of: { title: 'Category', value: category },
  columns: [
    { title: 'Index' },
    { title: 'Planned' },
    { title: 'Documents', right: true },
    { title: 'Due', right: true },
    { title: 'Why' },
  ],
  rows: indices.map((index) => {
    const isRefused = refusals.length > 0 && removes(index);
    return [
      index.index,
      isRefused ? { text: 'refused', style: 'yellow' } : index.planned,
      known(index.documentsBefore),
      known(index.dueBefore),
      isRefused ? `${index.planned}: ${index.reason}` : index.reason,
    ];
  }),
});

const indicesTable = (report: Report): Table =>
  report.outcome === 'complete' || report.outcome === 'incomplete' ? executedTable(report) : plannedTable(report);

const outcomeSpan = ({ outcome }: Report): TextSpan => ({
  text: outcome,
  style: outcome === 'complete' ? 'green' : outcome === 'observed' ? 'dim' : 'red',
});

/** A line about the erasures that were due. The next run checks the erasures that are still open. */
const erasuresLine = ({ erasures }: Report): Page => {
  if (erasures === undefined || erasures.due === 0) return [];
  const { due, erased, nothingFound, cancelled, open, braked, held = 0 } = erasures;
  const cancelledText = cancelled === 0 ? '' : `${number(cancelled)} reinstated while the run was at work, `;
  return [
    `  ${count(due, 'erasure', 'erasures')} due: ${number(erased)} closed as erased, ${number(nothingFound)} as nothing found, ${cancelledText}${number(open)} open${held > 0 ? `, ${number(held)} held` : ''}${braked > 0 ? `, ${number(braked)} braked` : ''}`,
    ...(open === 0
      ? []
      : [
          '  Open: something is left, or could not be looked at, or a deleted account is watched until a run finds no late write.',
        ]),
  ];
};

/** How much longer the run took because it rested. */
const restedLine = ({ restedMilliseconds }: Report): Page => {
  if (restedMilliseconds === undefined) return [];
  const rested = describeDuration(Math.max(1_000, Math.round(restedMilliseconds / 1_000) * 1_000));
  return [`  Rested ${rested} between deletions, so that searches of others stay fast (--no-throttle: no rests).`];
};

/** The saved plan that was carried out, by whom and why, and the refusal that it overrode. */
const savedPlanLines = ({ savedPlan }: Report): Page =>
  savedPlan === undefined
    ? []
    : [
        `  Saved plan of ${savedPlan.plannedAt}, carried out by ${savedPlan.by}: ${savedPlan.reason}`,
        ...savedPlan.overridden.map(({ code, found }) => `  It overrides the guard (${code}): ${found}`),
      ];

/** One report: the plan, the actions and the counts afterwards, index by index. */
export const reportSection = (report: Report): Page => [
  [
    '  ',
    outcomeSpan(report),
    ` · run ${report.runId}${report.cutoff === undefined ? '' : ` · cutoff ${report.cutoff}`}`,
  ],
  ...savedPlanLines(report),
  ...(report.indices.length === 0 ? [] : [indicesTable(report)]),
  ...erasuresLine(report),
  ...restedLine(report),
  ...refusalsPage(report.refusals),
  ...findingsPage(report.findings),
];
