import { DAY, HOUR, MINUTE } from '../policy/duration.ts';
import { type Instant, startOfMonths } from '../policy/instant.ts';
import { isReadInPart } from './date-pattern.ts';

/** What a date may name and no more, the longest last; in milliseconds, at their longest. */
const LONGEST = {
  minute: MINUTE,
  hour: HOUR,
  day: DAY,
  week: 7 * DAY,
  month: 31 * DAY,
  quarter: 92 * DAY,
  year: 366 * DAY,
  weekyear: 371 * DAY,
} as const;
type Unit = keyof typeof LONGEST;
const UNITS = Object.keys(LONGEST) as readonly Unit[];

/** How long a unit is at most, in milliseconds. */
export const longestOf = (unit: Unit): number => LONGEST[unit];

/** A unit of dates in one field, and whether its format may name a zone: without one, it begins in UTC. */
export interface CoarseUnit {
  readonly unit: Unit;
  readonly zoned: boolean;
}

/**
 * How precisely the dates of a field are written, where a format lets them name less than a second. Such a date counts to the end
 * of what it names.
 *
 * `always`: no format names seconds, and every date counts as the longest of these units. `perhaps`: some do, and `_source` says under
 * `path` what a document named; where it proves nothing (no path), a document that is dated exactly at the start of a unit
 * counts to its end.
 */
export type Precision =
  | { readonly kind: 'always'; readonly longest: CoarseUnit }
  | { readonly kind: 'perhaps'; readonly units: readonly CoarseUnit[]; readonly path?: string };

const OPTIONAL: readonly CoarseUnit[] = [
  { unit: 'minute', zoned: true },
  { unit: 'hour', zoned: true },
  { unit: 'day', zoned: false },
  { unit: 'month', zoned: false },
  { unit: 'year', zoned: false },
];

/** Built-in formats by name, without `strict_`. Source: the reference of the mapping parameter `format`. */
const COARSE: Readonly<Record<string, Unit>> = {
  year: 'year',
  year_month: 'month',
  year_month_day: 'day',
  date: 'day',
  basic_date: 'day',
  ordinal_date: 'day',
  basic_ordinal_date: 'day',
  weekyear: 'weekyear',
  weekyear_week: 'week',
  weekyear_week_day: 'day',
  week_date: 'day',
  basic_week_date: 'day',
  date_hour: 'hour',
  hour: 'hour',
  date_hour_minute: 'minute',
  hour_minute: 'minute',
};
const BUILT_IN_OPTIONAL = new Set(['date_optional_time', 'date_optional_time_nanos', 'iso8601']);
const FINE =
  /^(?:epoch_(?:millis|second)|rfc3339_lenient|(?:\w+_)?time(?:_no_millis)?|\w+_second(?:_millis|_fraction)?)$/;

/** The unit that each letter of a pattern names; letters of seconds and their fractions name a fine one. */
const LETTERS: Readonly<Record<string, Unit>> = {
  ...{ m: 'minute', H: 'hour', h: 'hour', K: 'hour', k: 'hour' },
  ...{ d: 'day', D: 'day', F: 'day', E: 'day', e: 'day', c: 'day', g: 'day' },
  ...{ w: 'week', W: 'week', M: 'month', L: 'month', Q: 'quarter', q: 'quarter' },
  ...{ y: 'year', u: 'year', Y: 'weekyear' },
};
const FINE_LETTERS = /[sSAnN]/;

const finestOf = (pattern: string): Unit | undefined => {
  if (FINE_LETTERS.test(pattern)) return undefined;
  const named = [...pattern].flatMap((letter) => LETTERS[letter] ?? []);
  return UNITS.find((unit) => named.includes(unit)) ?? 'weekyear';
};

/** What a pattern may name: its mandatory part, and each unit down to what its optional sections add. */
const unitsOfPattern = (pattern: string): { readonly units: readonly CoarseUnit[]; readonly isFine: boolean } => {
  const letters = pattern.replaceAll(/'[^']*'/g, '');
  const zoned = /[XxZzVOv]/.test(letters);
  let mandatory = letters;
  while (/\[[^[\]]*\]/.test(mandatory)) mandatory = mandatory.replaceAll(/\[[^[\]]*\]/g, '');
  const [coarsest, finest] = [finestOf(mandatory), finestOf(letters)];
  if (coarsest === undefined) return { units: [], isFine: true };
  const upTo = UNITS.indexOf(coarsest);
  const from = finest === undefined ? 0 : UNITS.indexOf(finest);
  return { units: UNITS.slice(from, upTo + 1).map((unit) => ({ unit, zoned })), isFine: finest === undefined };
};

const nameOf = (format: string): string => format.replace(/^8/, '').replace(/^strict_/, '');
const isBuiltIn = (name: string): boolean => BUILT_IN_OPTIONAL.has(name) || name in COARSE || FINE.test(name);

/** Whether every alternative of a format is a built-in one: an ISO text, or a number, means to it what it says. */
export const isPlainFormat = (format: string): boolean => format.split('||').every((each) => isBuiltIn(nameOf(each)));

/**
 * Whether some alternative of a format takes texts of which Elasticsearch reads only a part: the date that it indexes is another one then.
 * @param format of a mapping: names of formats or patterns, joined by `||`.
 */
export const isFormatReadInPart = (format: string): boolean =>
  format.split('||').some((each) => !isBuiltIn(nameOf(each)) && isReadInPart(each.replace(/^8/, '')));

const unitsOfFormat = (format: string): { readonly units: readonly CoarseUnit[]; readonly isFine: boolean } => {
  const name = nameOf(format);
  if (BUILT_IN_OPTIONAL.has(name)) return { units: OPTIONAL, isFine: true };
  const unit = COARSE[name];
  if (unit !== undefined) return { units: [{ unit, zoned: false }], isFine: false };
  return FINE.test(name) ? { units: [], isFine: true } : unitsOfPattern(format.replace(/^8/, ''));
};

/**
 * How precisely dates of a field are written.
 * @param format of its mapping: names of formats or patterns, joined by `||`.
 * @param path where `_source` tells what each document named; undefined where it does not.
 * @returns undefined when every date names a second or less.
 */
export const precisionOf = (format: string, path: string | undefined): Precision | undefined => {
  const alternatives = format.split('||').map(unitsOfFormat);
  const units = alternatives.flatMap((alternative) => alternative.units);
  if (units.length === 0) return undefined;
  const zonedOf = (unit: Unit): boolean => units.some((each) => each.unit === unit && each.zoned);
  const distinct = UNITS.filter((unit) => units.some((each) => each.unit === unit));
  const coarse = distinct.map((unit) => ({ unit, zoned: zonedOf(unit) }));
  if (alternatives.some(({ isFine }) => isFine))
    return { kind: 'perhaps', units: coarse, ...(path !== undefined && { path }) };
  const longest = coarse.at(-1) as CoarseUnit;
  return { kind: 'always', longest: { ...longest, zoned: units.some(({ zoned }) => zoned) } };
};

const MONTHS: Readonly<Partial<Record<Unit, 1 | 3 | 12>>> = { month: 1, quarter: 3, year: 12 };

/** The start in UTC of the calendar unit in which an instant lies; undefined of a week, which begins on a day that a locale chooses. */
const startOf = (unit: Unit, instant: Instant): Instant | undefined => {
  if (unit === 'minute' || unit === 'hour' || unit === 'day') return instant - (instant % LONGEST[unit]);
  const months = MONTHS[unit];
  return months === undefined ? undefined : startOfMonths(instant, months);
};

/** A day, or more, of a zone in which clocks were put back is longer by so much. */
const CLOCKS_CHANGE = HOUR;

/** The first instant at which such a unit may begin that ends after an instant: not earlier than it may be long. */
export const reachOf = ({ unit, zoned }: CoarseUnit, instant: Instant): Instant =>
  (zoned ? undefined : startOf(unit, instant)) ?? instant - LONGEST[unit] - (zoned ? CLOCKS_CHANGE : 0) + 1;

/** The last instant of what a date names that begins at an instant; the instant itself where a date may name a second. */
export const lastOf = (precision: Precision | undefined, at: Instant): Instant => {
  if (precision?.kind !== 'always') return at;
  const { unit, zoned } = precision.longest;
  const start = zoned ? undefined : startOf(unit, at);
  if (start !== at) return at + LONGEST[unit] - 1;
  return (startOf(unit, at + LONGEST[unit]) ?? at) - 1;
};

/** A range of instants, `lt` exclusive. */
export interface Span {
  readonly gte: Instant;
  readonly lt: Instant;
}

/**
 * Where such a unit may begin that an instant lies in: single instants where they are few, or all that is in reach.
 * @param isTold whether each document there says what it names: then an hour may begin at any minute, as in a zone that is 5:07 ahead.
 */
export const startsAround = (coarse: CoarseUnit, instant: Instant, isTold = false): readonly Span[] => {
  const { unit, zoned } = coarse;
  const point = (at: Instant): Span => ({ gte: at, lt: at + 1 });
  const single = (at: Instant): readonly Span[] => (at < instant ? [point(at)] : []);
  if (unit === 'hour' && zoned && isTold) return [{ gte: instant - HOUR, lt: instant }];
  if (unit === 'minute') return single(instant - (instant % MINUTE));
  const last = instant - 1 - ((instant - 1) % MINUTE);
  if (unit === 'hour' && zoned) return Array.from({ length: 60 }, (_, back) => point(last - back * MINUTE));
  const start = zoned ? undefined : startOf(unit, instant);
  return start === undefined ? [{ gte: reachOf(coarse, instant), lt: instant }] : single(start);
};
