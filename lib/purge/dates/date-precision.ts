import { DAY, HOUR, MINUTE } from '../../policy/time/duration.ts';
import { type Instant, startOfMonths } from '../../policy/time/instant.ts';

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
export type Unit = keyof typeof LONGEST;
/** The shortest first. */
export const UNITS = Object.keys(LONGEST) as readonly Unit[];

/** The place of a unit among all of them, the shortest first. */
export const rankOf = (unit: Unit): number => UNITS.indexOf(unit);

/** A unit of dates in one field. */
export interface CoarseUnit {
  readonly unit: Unit;
  /** Its format may name a zone: without one, it begins in UTC. */
  readonly zoned: boolean;
  /** Some may begin up to a day from where the unit does. Hardly anybody writes such: they are looked for where documents tell. */
  readonly isOdd?: true;
}

/** How a text of a field tells what it names. */
export interface TextForms {
  /** Patterns without optional sections, each with the unit that it names; without one, it names a second or less. */
  readonly patterns: readonly { readonly pattern: string; readonly unit?: Unit }[];
  /** The units that its built-in formats take, the shortest first; absent where it has no such format. */
  readonly builtIn?: readonly Unit[];
  /** It takes numbers of seconds or milliseconds. */
  readonly takesNumbers: boolean;
  /** Language in which patterns are read, such as `en` or `de_DE`. */
  readonly locale: string;
}

/**
 * How precisely the dates of a field are written, where a format lets them name less than a second. Such a date counts to the end
 * of what it names.
 *
 * `always`: every date names this unit. `perhaps`: dates differ, and `_source` says under one of the `paths` what a document named; where
 * it proves nothing (no path), a document that is dated exactly at the start of a unit counts to its end.
 */
export type Precision =
  | { readonly kind: 'always'; readonly longest: CoarseUnit }
  | {
      readonly kind: 'perhaps';
      readonly units: readonly CoarseUnit[];
      /** Where documents have what is in the field: under its own name, and under those of fields that are copied into it. */
      readonly paths?: readonly string[];
      readonly texts: TextForms;
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

/** Where a month, quarter or year may begin, in any zone and at any time of its first day, that an instant lies in. */
const startsInAnyZone = (unit: Unit, instant: Instant): readonly Span[] => {
  const starts = [instant - DAY, instant, instant + DAY].flatMap((near) => startOf(unit, near) ?? []);
  return [...new Set(starts)]
    .map((start) => ({ gte: start - DAY, lt: Math.min(instant, start + 2 * DAY) }))
    .filter(({ gte, lt }) => gte < lt);
};

/**
 * Where such a unit may begin that an instant lies in: single instants where they are few, or all that is in reach.
 * @param isTold whether each document there says what it names: then an hour may begin at any second, as in a zone that is 5:07:30 ahead.
 */
export const startsAround = (coarse: CoarseUnit, instant: Instant, isTold = false): readonly Span[] => {
  const { unit, isOdd = false } = coarse;
  const zoned = coarse.zoned || isOdd;
  const point = (at: Instant): Span => ({ gte: at, lt: at + 1 });
  const single = (at: Instant): readonly Span[] => (at < instant ? [point(at)] : []);
  if (zoned && isTold && (unit === 'hour' || unit === 'minute')) return [{ gte: instant - LONGEST[unit], lt: instant }];
  if (unit === 'minute') return single(instant - (instant % MINUTE));
  const last = instant - 1 - ((instant - 1) % MINUTE);
  if (unit === 'hour' && zoned) return Array.from({ length: 60 }, (_, back) => point(last - back * MINUTE));
  if (zoned && unit in MONTHS) return startsInAnyZone(unit, instant);
  const start = zoned ? undefined : startOf(unit, instant);
  return start === undefined ? [{ gte: reachOf({ unit, zoned }, instant), lt: instant }] : single(start);
};

/** A unit, and how long what begins at an instant may last, in milliseconds: for a script that has no calendar of its own. */
export const unitParams = ({ unit, zoned }: CoarseUnit) => {
  const slack = zoned && LONGEST[unit] >= DAY ? CLOCKS_CHANGE : 0;
  return { unit, zoned, rank: rankOf(unit), longest: LONGEST[unit], slack };
};
