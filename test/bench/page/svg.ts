import { type ScaleLinear, type ScaleLogarithmic, scaleBand, scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import { number } from '../../../lib/base/number-text.ts';
import { html, type Markup } from '../../../lib/cli/report/html/markup.ts';

/** One axis. Its label has the unit. */
interface Axis {
  readonly label: string;
  readonly isLogarithmic?: boolean;
}

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Whether a line joins the points, in the order of x. */
  readonly isJoined?: boolean;
  /** A curve through the plot, drawn dashed, such as a fitted law. */
  readonly law?: (x: number) => number;
}

const WIDTH = 760;
const EDGE = { top: 44, right: 24, bottom: 52, left: 72 } as const;
/** Told apart by people who do not see all colours, too (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#000000'] as const;
const ROW = 18;
const PLOT = 330;
const TICKS = 6;
const STYLE =
  'text{font:12px system-ui,sans-serif;fill:#24292f}.title{font-size:15px;font-weight:600}.grid{stroke:#d0d7de}.axis{stroke:#57606a}';

/** Coordinates with a tenth of a unit: more digits only make the file larger. */
const at = (coordinate: number): string => `${Math.round(coordinate * 10) / 10}`;

const colour = (place: number): string => COLOURS[place % COLOURS.length] ?? '#000000';

type Scale = ScaleLinear<number, number> | ScaleLogarithmic<number, number>;

const scaleOf = (
  { isLogarithmic = false }: Axis,
  values: readonly number[],
  range: readonly [number, number],
): Scale =>
  isLogarithmic
    ? scaleLog([Math.min(...values), Math.max(...values)], range).nice()
    : scaleLinear([0, Math.max(...values)], range).nice(TICKS);

const isRound = (value: number): boolean => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9;

/** Round values. Over many powers of ten, only these. */
const ticksOf = (scale: Scale, { isLogarithmic = false }: Axis): readonly number[] => {
  if (!isLogarithmic) return scale.ticks(TICKS);
  const [from = 1, to = 1] = scale.domain();
  const isShort = to / from <= 100;
  return scale.ticks().filter((tick) => isRound(tick) || (isShort && (isRound(tick / 2) || isRound(tick / 5))));
};

const labelOf = (value: number): string =>
  value >= 1_000 || Number.isInteger(value) ? number(value) : `${Number(value.toPrecision(2))}`;

const frame = (title: string, height: number, content: Markup): string =>
  html`<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">
<title id="title">${title}</title>
<style>${STYLE}</style>
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
<text class="title" x="${EDGE.left}" y="24">${title}</text>
${content}
</svg>
`.text;

const xAxis = (x: Scale, axis: Axis, top: number, bottom: number): Markup =>
  html`${ticksOf(x, axis).map(
    (tick) => html`<line class="grid" x1="${at(x(tick))}" x2="${at(x(tick))}" y1="${top}" y2="${bottom}"/>
<text x="${at(x(tick))}" y="${bottom + 17}" text-anchor="middle">${labelOf(tick)}</text>
`,
  )}<text x="${(EDGE.left + WIDTH - EDGE.right) / 2}" y="${bottom + 38}" text-anchor="middle">${axis.label}</text>`;

const yAxis = (y: Scale, axis: Axis, top: number, bottom: number): Markup =>
  html`${ticksOf(y, axis).map(
    (
      tick,
    ) => html`<line class="grid" x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${at(y(tick))}" y2="${at(y(tick))}"/>
<text x="${EDGE.left - 8}" y="${at(y(tick) + 4)}" text-anchor="end">${labelOf(tick)}</text>
`,
  )}<text transform="translate(16 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${axis.label}</text>`;

const POINTS_OF_LAW = 40;

/** The law over the x of the points, evenly spaced as the axis shows them. */
const lawPoints = ({ law, points }: Series, x: Scale): readonly (readonly [number, number])[] => {
  if (law === undefined) return [];
  const places = points.map(([value]) => x(value));
  const [from, to] = [Math.min(...places), Math.max(...places)];
  return Array.from({ length: POINTS_OF_LAW + 1 }, (_, step) => {
    const value = x.invert(from + ((to - from) * step) / POINTS_OF_LAW);
    return [value, law(value)] as const;
  });
};

const drawn = (series: Series, place: number, x: Scale, y: Scale): Markup => {
  const path = line<readonly [number, number]>(
    ([value]) => x(value),
    ([, value]) => y(value),
  ).digits(1);
  const sorted = [...series.points].sort(([one], [other]) => one - other);
  return html`${
    series.isJoined
      ? html`<path fill="none" stroke="${colour(place)}" stroke-width="1.8" d="${path(sorted) ?? ''}"/>`
      : ''
  }${
    series.law === undefined
      ? ''
      : html`<path fill="none" stroke="${colour(place)}" stroke-width="1.4" stroke-dasharray="5 4" d="${path(lawPoints(series, x)) ?? ''}"/>`
  }
${series.points.map(([px, py]) => html`<circle cx="${at(x(px))}" cy="${at(y(py))}" r="4" fill="${colour(place)}"/>`)}
`;
};

/**
 * Points and curves of several series, with a legend below. Values of a logarithmic axis must be above 0.
 * @returns a whole SVG document.
 */
export const curves = (title: string, axes: { readonly x: Axis; readonly y: Axis }, all: readonly Series[]): string => {
  const [top, bottom] = [EDGE.top, EDGE.top + PLOT];
  const points = all.flatMap((series) => series.points);
  const x = scaleOf(
    axes.x,
    points.map(([value]) => value),
    [EDGE.left, WIDTH - EDGE.right],
  );
  const y = scaleOf(
    axes.y,
    points.map(([, value]) => value),
    [bottom, top],
  );
  const legend = bottom + EDGE.bottom;
  return frame(
    title,
    legend + all.length * ROW + 8,
    html`${xAxis(x, axes.x, top, bottom)}
${yAxis(y, axes.y, top, bottom)}
<line class="axis" x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${bottom}" y2="${bottom}"/>
${all.map((series, place) => drawn(series, place, x, y))}${all.map(
  ({ name }, place) => html`<circle cx="${EDGE.left + 6}" cy="${legend + place * ROW}" r="5" fill="${colour(place)}"/>
<text x="${EDGE.left + 18}" y="${legend + place * ROW + 4}">${name}</text>
`,
)}`,
  );
};

export interface Bar {
  readonly label: string;
  readonly value: number;
}

const BAR_ROW = 46;
const MIDDLE = 1;

/**
 * Ratios as bars that begin at 1, to the left if they are smaller. The axis is logarithmic, so that half as fast is as
 * long as twice as fast.
 * @returns a whole SVG document.
 */
export const ratioBars = (title: string, axis: string, bars: readonly Bar[]): string => {
  const [top, bottom] = [EDGE.top, EDGE.top + bars.length * BAR_ROW];
  const scale = { label: axis, isLogarithmic: true };
  const [left, right] = [EDGE.left, WIDTH - EDGE.left];
  const x = scaleOf(scale, [MIDDLE / 2, MIDDLE * 2, ...bars.map(({ value }) => value)], [left, right]);
  const rows = scaleBand(
    bars.map((_, place) => place),
    [top, bottom],
  ).paddingInner(0.1);
  const one = ({ label, value }: Bar, place: number): Markup => {
    const y = rows(place) ?? top;
    const [from, to] = value < MIDDLE ? [x(value), x(MIDDLE)] : [x(MIDDLE), x(value)];
    return html`<text x="${left}" y="${at(y + 14)}">${label}: <tspan font-weight="600">${labelOf(Number(value.toPrecision(2)))} ×</tspan></text>
<rect x="${at(from)}" y="${at(y + 20)}" width="${at(to - from)}" height="14" fill="${value < MIDDLE ? COLOURS[1] : COLOURS[0]}"/>
`;
  };
  return frame(
    title,
    bottom + EDGE.bottom,
    html`${xAxis(x, scale, top, bottom)}
<line class="axis" x1="${at(x(MIDDLE))}" x2="${at(x(MIDDLE))}" y1="${top}" y2="${bottom}"/>
${bars.map(one)}`,
  );
};
