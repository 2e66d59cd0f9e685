import { describeDuration } from '../../../policy/time/duration.ts';
import { number } from '../../output/format.ts';
import {
  RECENT_DAYS,
  REPORTED_DAYS,
  type ReportData,
  type ReportedCategory,
  type ReportedDay,
} from '../report-data.ts';
import { html, type Markup } from './markup.ts';
import { type DayValue, dayBars, lagPlot, type PlotSpan } from './plots.ts';
import { figures, tableBehind } from './tables.ts';

const lengthText = (milliseconds: number | undefined): string =>
  milliseconds === undefined ? '–' : describeDuration(milliseconds);

const NO_RUN = html`<p class="soft">No run has ended in this time.</p>`;

/** The lag of a category by day: a plot, and the table behind it. */
export const lagCard = ({ category, title, past, allowedLateness }: ReportedCategory, span: PlotSpan): Markup => {
  const heading = html`<article class="card"><h3>${title}</h3>`;
  if (past === undefined) return html`${heading}<p class="soft">Its reports could not be read.</p></article>`;
  const values = past.days.flatMap(({ day, largestLag }) =>
    largestLag === undefined ? [] : [{ day, value: largestLag }],
  );
  const said = `Largest lag ${lengthText(past.recentLag)} in ${RECENT_DAYS} days, ${lengthText(past.largestLag)} in ${REPORTED_DAYS} days`;
  const about = `${category}: ${said}`;
  if (values.length === 0) return html`${heading}${NO_RUN}</article>`;
  return html`${heading}<p class="small">${said}</p>
${lagPlot(about, values, allowedLateness, span)}
${tableBehind({
  about: `lag of ${category} by day`,
  columns: ['Day (UTC)', figures('Runs'), figures('Largest lag')],
  rows: past.days.map(({ day, runs, largestLag }) => [day, number(runs), lengthText(largestLag)]),
})}</article>
`;
};

/** The sums of all categories by day, oldest first. */
const sumsByDay = ({ categories }: ReportData, figureOf: (day: ReportedDay) => number): readonly DayValue[] => {
  const days = categories.flatMap(({ past }) => past?.days ?? []);
  return [...Map.groupBy(days, ({ day }) => day)]
    .map(([day, own]) => ({ day, value: own.reduce((sum, each) => sum + figureOf(each), 0) }))
    .sort((a, b) => (a.day < b.day ? -1 : 1));
};

const removedCard = (what: string, values: readonly DayValue[], span: PlotSpan): Markup => {
  const said = `${number(values.reduce((sum, { value }) => sum + value, 0))} ${what} in ${REPORTED_DAYS} days`;
  return html`<article class="card"><h3>${said}</h3>
${values.length === 0 ? NO_RUN : dayBars(said, values, span)}
${
  values.length === 0
    ? ''
    : tableBehind({
        about: `${what} removed by day`,
        columns: ['Day (UTC)', figures('Removed')],
        rows: values.map(({ day, value }) => [day, number(value)]),
      })
}</article>
`;
};

/** Removed documents and indices of all categories by day. */
export const removedCards = (data: ReportData, span: PlotSpan): Markup =>
  html`${removedCard(
    'documents',
    sumsByDay(data, ({ documentsRemoved }) => documentsRemoved),
    span,
  )}${removedCard(
    'whole indices',
    sumsByDay(data, ({ indicesDropped }) => indicesDropped),
    span,
  )}`;
