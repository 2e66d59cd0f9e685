import { describeDuration } from '../../../policy/time/duration.ts';
import { minute, number, shortHash } from '../../output/format.ts';
import { REPORTED_DAYS, type ReportData } from '../report-data.ts';
import { html, type Markup } from './markup.ts';
import { figures, table } from './tables.ts';

const when = (iso: string): string => minute(Date.parse(iso));

const leftText = (left: number): string => (left < 0 ? `${describeDuration(-left)} over` : describeDuration(left));

const openTable = ({ erasures }: ReportData): Markup => {
  const open = erasures.flatMap(({ category, open: own }) => own.map((each) => ({ category, ...each })));
  if (open.length === 0) return html`<p class="soft">Nothing is owed.</p>`;
  return html`<h3>Owed, the most urgent first</h3>${table({
    about: 'Erasures that are owed',
    columns: ['Category', 'Subject (hash)', 'State', 'Erase by (UTC)', figures('Left')],
    rows: open
      .toSorted((a, b) => a.left - b.left)
      .map(({ category, subject, state, eraseBy, left, isOverdue }) => [
        category,
        `${subject}…`,
        isOverdue ? html`<span class="bad">✗ ${state}, overdue</span>` : state,
        when(eraseBy),
        leftText(left),
      ]),
  })}`;
};

const closedTable = ({ erasures }: ReportData): Markup => {
  const closed = erasures.flatMap(({ closed: own }) => own);
  if (closed.length === 0) return html`<p class="soft">None was closed in ${REPORTED_DAYS} days.</p>`;
  return html`<details><summary>Table: ${number(closed.length)} closed in ${REPORTED_DAYS} days</summary>${table({
    about: 'Closed erasures',
    columns: ['Category', 'Subject (hash)', 'Closed (UTC)', 'Erase by (UTC)', 'In time', 'Receipt'],
    rows: closed.map(({ category, subject, closedAt, eraseBy, lateBy, receipt }) => [
      category,
      shortHash(subject.hash),
      when(closedAt),
      when(eraseBy),
      lateBy === 0 ? 'in time' : html`<span class="bad">${describeDuration(lateBy)} late</span>`,
      receipt ?? 'none',
    ]),
  })}</details>`;
};

/** What is owed, and what was closed. */
export const erasurePart = (data: ReportData): Markup => {
  const { erasures } = data;
  if (erasures.length === 0) return html`<p class="soft">No category has a termination rule.</p>`;
  return html`${table({
    about: 'Erasures by category',
    columns: [
      'Category',
      ...['Pending', 'Erasing', 'Overdue', 'Held', 'Braked', `Closed in ${REPORTED_DAYS} days`, 'Of these late'].map(
        figures,
      ),
    ],
    rows: erasures.map(({ category, counts, closed }) => [
      category,
      ...[counts.pending, counts.erasing, counts.overdue, counts.held, counts.braked].map(number),
      number(closed.length),
      number(closed.filter(({ lateBy }) => lateBy > 0).length),
    ]),
  })}
${openTable(data)}
${closedTable(data)}`;
};
