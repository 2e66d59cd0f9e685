import { describeDuration } from '../../../policy/time/duration.ts';
import { minute } from '../../output/format.ts';
import { REPORTED_DAYS, type ReportData } from '../report-data.ts';
import { html, type Markup } from './markup.ts';
import { figures, table } from './tables.ts';

const when = (iso: string): string => minute(Date.parse(iso));

/** What people have told the runs not to do. */
export const controlPart = ({ holds, pauses }: ReportData): Markup =>
  holds.length + pauses.length === 0
    ? html`<p class="soft">No legal hold, and no pause.</p>`
    : table({
        about: 'Holds and pauses',
        columns: ['Category', 'What', 'Since (UTC)', 'Review or end (UTC)'],
        rows: [
          ...holds.map(({ category, id, scope, placedAt, reviewAt }) => [
            category,
            `hold of ${scope === 'category' ? 'the whole category' : `one ${scope}`} (${id})`,
            when(placedAt),
            when(reviewAt),
          ]),
          ...pauses.map(({ category, since, until }) => [category, 'pause', when(since), when(until)]),
        ],
      });

/** Times without a run. */
export const gapPart = ({ categories }: ReportData): Markup => {
  const gaps = categories.flatMap(({ category, past }) => (past?.gaps ?? []).map((gap) => ({ category, ...gap })));
  if (gaps.length === 0)
    return html`<p class="soft">None in ${REPORTED_DAYS} days that is longer than two schedules.</p>`;
  return table({
    about: 'Times without a run',
    columns: ['Category', 'From (UTC)', 'To (UTC)', figures('Length')],
    rows: gaps.map(({ category, from, to }) => [
      category,
      when(from),
      when(to),
      describeDuration(Date.parse(to) - Date.parse(from)),
    ]),
  });
};

/** Plans that the guard refused. */
export const refusedPart = ({ categories }: ReportData): Markup => {
  const refused = categories.flatMap(({ category, past }) =>
    (past?.refused ?? []).map((each) => ({ category, ...each })),
  );
  if (refused.length === 0) return html`<p class="soft">None in ${REPORTED_DAYS} days.</p>`;
  return table({
    about: 'Refused plans',
    columns: ['Category', 'When (UTC)', 'Why'],
    rows: refused.map(({ category, at, codes }) => [category, when(at), codes.join(', ')]),
  });
};

/** What the report lacks; empty if it lacks nothing. */
export const unreadPart = ({ unread }: ReportData): readonly Markup[] =>
  unread.length === 0
    ? []
    : [
        table({
          about: 'What could not be read',
          columns: ['Category', 'Why'],
          rows: unread.map(({ category, code }) => [category, code]),
        }),
      ];
