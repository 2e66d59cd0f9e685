import { describeDuration } from '../../../policy/time/duration.ts';
import { count, number } from '../../output/format.ts';
import { AHEAD_DAYS, type OldestDocument, type ReportData, type ReportedCategory } from '../report-data.ts';
import { html, type Markup } from './markup.ts';
import { limitBar } from './plots.ts';
import { figures, table } from './tables.ts';

/** How a state looks. The sign says it without the colour. */
const STATES: Readonly<Record<ReportedCategory['state'], readonly [kind: string, sign: string]>> = {
  kept: ['good', '✓'],
  'not kept': ['bad', '✗'],
  unknown: ['bad', '?'],
  empty: ['due', '○'],
  'no rule': ['soft', '–'],
};

const oldestPart = (category: string, oldest: OldestDocument): Markup => {
  const { age, limit, overdueFrom } = oldest;
  const late = overdueFrom - limit;
  const text = `Oldest document ${describeDuration(age)}, limit ${describeDuration(limit)}${late === 0 ? '' : ` and ${describeDuration(late)} of allowed lateness`}`;
  return html`${limitBar(`${category}: ${text}`, oldest)}<p class="small">${text}</p>`;
};

/** A category with its promise, and what it holds at this moment. */
export const promiseCard = ({
  category,
  title,
  promise,
  rule,
  schedule,
  state,
  problems,
  now,
}: ReportedCategory): Markup => {
  const [kind, sign] = STATES[state];
  return html`<article class="card" data-category="${category}"><div class="title"><h3>${title}</h3><span class="state ${kind}">${sign} ${state}</span></div>
<p class="soft small">${category}</p>
<blockquote>${promise.quote}<br><span class="soft small">${promise.source}, ${promise.sourceDate}</span></blockquote>
${problems.length === 0 ? '' : html`<p class="${kind}">${problems.join(', ')}</p>`}
${now?.oldest === undefined ? '' : oldestPart(category, now.oldest)}
<p class="small">${
    now === undefined
      ? 'It could not be looked at.'
      : `${count(now.documents, 'document', 'documents')} in ${count(now.indices, 'index', 'indices')} · ${number(now.due)} due · ${number(now.overdue)} overdue · ${number(now.undatable)} undatable · ${number(now.held)} held`
  }</p>
<p class="soft small">Rule: ${rule}. Schedule: ${schedule}.</p>
</article>
`;
};

/** The documents that fall due. */
export const aheadPart = ({ categories }: ReportData): Markup =>
  table({
    about: 'What falls due',
    columns: ['Category', figures('due now'), ...AHEAD_DAYS.map((days) => figures(`in ${count(days, 'day', 'days')}`))],
    rows: categories.map(({ category, now }) => [
      category,
      now === undefined ? '–' : number(now.due),
      ...AHEAD_DAYS.map((_, at) => {
        const documents = now?.fallingDue?.[at];
        return documents === undefined ? '–' : number(documents);
      }),
    ]),
  });
