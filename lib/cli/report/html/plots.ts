import { type ScaleLinear, type ScaleTime, scaleLinear, scaleUtc } from 'd3-scale';
import { line } from 'd3-shape';
import { DAY, HOUR, MINUTE } from '../../../policy/time/duration.ts';
import type { Instant } from '../../../policy/time/instant.ts';
import { number } from '../../output/format.ts';
import { RECENT_DAYS } from '../report-data.ts';
import { html, type Markup } from './markup.ts';

const [WIDTH, HEIGHT] = [340, 150];
const EDGE = { top: 10, right: 12, bottom: 24, left: 48 } as const;
const [LEFT, RIGHT, TOP, BOTTOM] = [EDGE.left, WIDTH - EDGE.right, EDGE.top, HEIGHT - EDGE.bottom];
const TICKS = 4;

/** A value on a day. */
export interface DayValue {
  /** `YYYY-MM-DD`, in UTC. */
  readonly day: string;
  readonly value: number;
}

/** The time that a plot shows: whole days, from the first instant of the first to the end of the last. */
export interface PlotSpan {
  readonly since: Instant;
  readonly until: Instant;
}

const startOf = ({ day }: DayValue): Instant => Date.parse(`${day}T00:00:00Z`);

const timeScale = ({ since, until }: PlotSpan): ScaleTime<number, number> => scaleUtc([since, until], [LEFT, RIGHT]);

/** From 0 to a value above 0, up to the next round number. */
const valueScale = (largest: number): ScaleLinear<number, number> =>
  scaleLinear([0, largest], [BOTTOM, TOP]).nice(TICKS);

/** Coordinates with a tenth of a unit: more digits only make the page larger. */
const at = (coordinate: number): string => `${Math.round(coordinate * 10) / 10}`;

/** Lines across the plot, and their values on the left. */
const valueAxis = (y: ScaleLinear<number, number>, label: (value: number) => string): Markup =>
  html`${y
    .ticks(TICKS)
    .filter((tick) => label(tick) !== '')
    .map(
      (tick) => html`<line class="grid" x1="${LEFT}" x2="${RIGHT}" y1="${at(y(tick))}" y2="${at(y(tick))}"/>
<text x="${LEFT - 6}" y="${at(y(tick) + 4)}" text-anchor="end">${label(tick)}</text>
`,
    )}`;

/** Days below the plot. */
const timeAxis = (x: ScaleTime<number, number>): Markup => {
  const label = x.tickFormat(TICKS, '%-d %b');
  return html`${x.ticks(TICKS).map(
    (tick) => html`<line class="tick" x1="${at(x(tick))}" x2="${at(x(tick))}" y1="${BOTTOM}" y2="${BOTTOM + 4}"/>
<text x="${at(x(tick))}" y="${HEIGHT - 6}" text-anchor="middle">${label(tick)}</text>
`,
  )}`;
};

const frame = (title: string, content: Markup): Markup =>
  html`<svg role="img" aria-label="${title}" viewBox="0 0 ${WIDTH} ${HEIGHT}">${content}</svg>`;

/** Days that follow each other are joined by a line; a day without a run leaves a hole in it. */
const segmentsOf = (values: readonly DayValue[]): readonly (readonly DayValue[])[] => {
  const segments: DayValue[][] = [];
  for (const each of values) {
    const last = segments.at(-1);
    const before = last?.at(-1);
    if (last !== undefined && before !== undefined && startOf(each) - startOf(before) <= DAY) last.push(each);
    else segments.push([each]);
  }
  return segments;
};

/** The unit in which a length of time is at least 1. */
const unitOf = (milliseconds: number): readonly [name: string, length: number] =>
  milliseconds >= 2 * DAY ? ['d', DAY] : milliseconds >= HOUR ? ['h', HOUR] : ['min', MINUTE];

/**
 * The largest lag of each day. The last 30 days are shaded, and the allowed lateness is a dashed line.
 * @param values in milliseconds, oldest first.
 * @param allowed in milliseconds; undefined without an age rule.
 */
export const lagPlot = (
  title: string,
  values: readonly DayValue[],
  allowed: number | undefined,
  span: PlotSpan,
): Markup => {
  const largest = Math.max(MINUTE, allowed ?? 0, ...values.map(({ value }) => value));
  const [unit, length] = unitOf(largest);
  const [x, y] = [timeScale(span), valueScale((largest * 1.1) / length)];
  const middleOf = (each: DayValue): number => x(startOf(each) + DAY / 2);
  const heightOf = ({ value }: DayValue): number => y(value / length);
  const path = line<DayValue>(middleOf, heightOf).digits(1);
  const recent = x(span.until - RECENT_DAYS * DAY);
  const limit = allowed === undefined ? undefined : at(y(allowed / length));
  return frame(
    title,
    html`<rect class="recent" x="${at(recent)}" y="${TOP}" width="${at(RIGHT - recent)}" height="${BOTTOM - TOP}"/>
${valueAxis(y, (value) => `${number(value)} ${unit}`)}${timeAxis(x)}
${limit === undefined ? '' : html`<line class="limit" x1="${LEFT}" x2="${RIGHT}" y1="${limit}" y2="${limit}"/>`}
${segmentsOf(values).map((segment) => html`<path class="line" d="${path(segment) ?? ''}"/>`)}
${values.map((each) => html`<circle class="dot" cx="${at(middleOf(each))}" cy="${at(heightOf(each))}" r="1.6"/>`)}`,
  );
};

const BAR_SHARE = 0.8;

/** A bar for each day. */
export const dayBars = (title: string, values: readonly DayValue[], span: PlotSpan): Markup => {
  const [x, y] = [timeScale(span), valueScale(Math.max(1, ...values.map(({ value }) => value)))];
  const width = (x(span.since + DAY) - x(span.since)) * BAR_SHARE;
  return frame(
    title,
    html`${valueAxis(y, (value) => (Number.isInteger(value) ? number(value) : ''))}${timeAxis(x)}
${values.map((each) => {
  const left = x(startOf(each) + (DAY * (1 - BAR_SHARE)) / 2);
  const top = y(each.value);
  return html`<rect class="bar" x="${at(left)}" width="${at(width)}" y="${at(top)}" height="${at(BOTTOM - top)}"/>`;
})}`,
  );
};

const BAR = { width: 340, height: 20, top: 5, thickness: 10 } as const;

/**
 * The age of the oldest document against its limit.
 * @param lengths milliseconds. The mark is the limit; the lighter part after it is the allowed lateness.
 */
export const limitBar = (
  title: string,
  { age, limit, overdueFrom }: { readonly age: number; readonly limit: number; readonly overdueFrom: number },
): Markup => {
  const x = scaleLinear([0, Math.max(age, overdueFrom) * 1.04], [0, BAR.width]);
  const part = (name: string, from: number, to: number): Markup =>
    html`<rect class="${name}" x="${at(x(from))}" y="${BAR.top}" width="${at(x(to) - x(from))}" height="${BAR.thickness}"/>`;
  return html`<svg role="img" aria-label="${title}" viewBox="0 0 ${BAR.width} ${BAR.height}">
${part('track', 0, limit)}${part('late', limit, overdueFrom)}${part('within', 0, Math.min(age, limit))}
${age > limit ? part('beyond', limit, Math.min(age, overdueFrom)) : ''}${age > overdueFrom ? part('overdue', overdueFrom, age) : ''}
<line class="mark" x1="${at(x(limit))}" x2="${at(x(limit))}" y1="1" y2="${BAR.height - 1}"/></svg>`;
};
