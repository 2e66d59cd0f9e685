import { DAY } from '../../../policy/time/duration.ts';
import { type Instant, isoInstant } from '../../../policy/time/instant.ts';
import { count, minute } from '../../output/format.ts';
import { REPORTED_DAYS, type ReportData } from '../report-data.ts';
import { erasurePart } from './erasure-part.ts';
import { controlPart, gapPart, refusedPart, unreadPart } from './exceptions-part.ts';
import { html, type Markup } from './markup.ts';
import { contents, framedPage, type Section, sectionMarkup } from './page-frame.ts';
import { lagCard, removedCards } from './past-part.ts';
import type { PlotSpan } from './plots.ts';
import { aheadPart, promiseCard } from './promise-part.ts';

const spanOf = ({ since }: ReportData): PlotSpan => {
  const start = Date.parse(`${since}T00:00:00Z`);
  return { since: start, until: start + REPORTED_DAYS * DAY };
};

/** The answer in one sentence. */
const headlineOf = ({ kept, of, empty }: ReportData): { readonly text: string; readonly kind: string } => {
  if (of + empty === 0) return { text: 'No category has a rule, so there is no promise to keep', kind: 'soft' };
  if (of === 0) return { text: 'No category has an index, so no promise can be judged', kind: 'due' };
  const broken = of - kept;
  const unjudged = empty === 0 ? '' : `, and ${empty} cannot be judged`;
  if (broken > 0) return { text: `${broken} of ${count(of, 'promise', 'promises')} not kept${unjudged}`, kind: 'bad' };
  return { text: `${kept} of ${count(of, 'promise', 'promises')} kept${unjudged}`, kind: 'good' };
};

/** As much of a version as people compare. */
const SHORT = 'sha256:'.length + 12;

const fact = (name: string, value: string): Markup => html`<div><dt>${name}</dt><dd>${value}</dd></div>`;

const header = (data: ReportData, at: Instant, sections: readonly Section[]): Markup => {
  const { cluster, policy, summary, unread } = data;
  const { text, kind } = headlineOf(data);
  return html`<header><h1>Retention report of ${minute(at)} UTC</h1>
<div class="answer ${kind}"><strong>${text}</strong><p>${summary}</p>${
    unread.length === 0 ? '' : html`<p class="bad">Something could not be read: see below.</p>`
  }</div>
<dl>${fact('Cluster', `${cluster.name} (${cluster.uuid}) at ${cluster.host}`)}${fact('Elasticsearch', cluster.version)}
${fact('Policy', `${policy.version.slice(0, SHORT)}…`)}${fact('Mode', policy.mode)}</dl>
${contents(sections)}</header>`;
};

const sectionsOf = (data: ReportData): readonly Section[] => {
  const span = spanOf(data);
  const { categories } = data;
  return [
    ...unreadPart(data).map((content) => ({ id: 'unread', title: 'What could not be read', content })),
    { id: 'promises', title: 'Promises', content: html`<div class="cards">${categories.map(promiseCard)}</div>` },
    { id: 'ahead', title: 'What falls due', content: aheadPart(data) },
    {
      id: 'lag',
      title: 'Retention lag',
      content: html`<p class="soft">For how long the oldest document had been expired when a run ended: the largest of each day. The last 30 days are shaded. The dashed line is the allowed lateness: a document above it is overdue. Only categories with an age rule have a lag.</p>
<div class="cards">${categories.filter(({ allowedLateness }) => allowedLateness !== undefined).map((category) => lagCard(category, span))}</div>`,
    },
    { id: 'removed', title: 'What was removed', content: html`<div class="cards">${removedCards(data, span)}</div>` },
    { id: 'erasures', title: 'Erasures', content: erasurePart(data) },
    { id: 'controls', title: 'Holds and pauses', content: controlPart(data) },
    { id: 'gaps', title: 'Times without a run', content: gapPart(data) },
    { id: 'refused', title: 'Refused plans', content: refusedPart(data) },
  ];
};

/**
 * The report as one HTML file, without scripts, and without anything from elsewhere. Same data, same bytes.
 * @param data every text in it is shown as text, whatever it contains.
 */
export const reportPage = (data: ReportData): string => {
  const at = Date.parse(data.at);
  const sections = sectionsOf(data);
  return framedPage(
    `Retention report of ${data.cluster.name}, ${minute(at)} UTC`,
    html`${header(data, at, sections)}
<main>
${sections.map(sectionMarkup)}</main>
<footer class="soft small">Made by es-retention at ${isoInstant(at)} from a plan of each category and from the reports of its runs since ${data.since}. The policy was ${data.policy.version}. It names no account. Lengths of time are rounded down.</footer>`,
  );
};
