import { DAY, HOUR, MINUTE } from '../policy/time/duration.ts';
import { type Instant, startOfMonths } from '../policy/time/instant.ts';

/** The possible units of a date, the longest last. Values are their maximum lengths in milliseconds. */
const UNIT_MILLISECONDS = {
  minute: MINUTE,
  hour: HOUR,
  day: DAY,
  week: 7 * DAY,
  month: 31 * DAY,
  quarter: 92 * DAY,
  year: 366 * DAY,
  weekyear: 371 * DAY,
} as const;
/** A unit coarser than a second. */
export type Unit = keyof typeof UNIT_MILLISECONDS;
/** All units, the shortest first. */
export const UNITS = Object.keys(UNIT_MILLISECONDS) as readonly Unit[];

/** The rank of a unit among all units; 0 is the shortest. */
export const rankOf = (unit: Unit): number => UNITS.indexOf(unit);

/** A unit, coarser than a second, in the dates of one field. */
export interface CoarseUnit {
  readonly unit: Unit;
  /** Its format may contain a time zone. Without a time zone, the unit begins in UTC. */
  readonly zoned: boolean;
  /**
   * Some dates may begin up to a day away from the start of the unit. Such dates are rare. They are handled only if
   * `_source` shows the texts of the documents.
   */
  readonly isOdd?: true;
}

/** How to recognize the unit in a text of a field. */
export interface TextForms {
  /** Patterns without optional sections, each with its unit. An absent unit means a second or less. */
  readonly patterns: readonly { readonly pattern: string; readonly unit?: Unit }[];
  /** The units of its built-in formats, the shortest first; absent if it has no built-in format. */
  readonly builtIn?: readonly Unit[];
  /** Whether the format accepts numbers of seconds or milliseconds. */
  readonly takesNumbers: boolean;
  /** Language of the patterns, such as `en` or `de_DE`. */
  readonly locale: string;
}

/**
 * How precisely dates are written in a field whose format allows less than a second's precision. Such a date counts to
 * the end of its unit. `always`: every date has this unit. `perhaps`: dates differ, and `_source` shows the text of a
 * document under one of the `paths`. Without a path, a document dated exactly at the start of a unit counts to the end
 * of that unit.
 */
export type Precision =
  | { readonly kind: 'always'; readonly longest: CoarseUnit }
  | {
      readonly kind: 'perhaps';
      readonly units: readonly CoarseUnit[];
      /** The names under which documents have the value: the field, and the fields that are copied into it. */
      readonly paths?: readonly string[];
      readonly texts: TextForms;
    };

const MONTHS: Readonly<Partial<Record<Unit, 1 | 3 | 12>>> = { month: 1, quarter: 3, year: 12 };

/**
 * The start in UTC of the calendar unit that contains an instant. Undefined for a week, whose first day depends on the
 * locale.
 */
const startOf = (unit: Unit, instant: Instant): Instant | undefined => {
  if (unit === 'minute' || unit === 'hour' || unit === 'day') return instant - (instant % UNIT_MILLISECONDS[unit]);
  const months = MONTHS[unit];
  return months === undefined ? undefined : startOfMonths(instant, months);
};

/** A day or longer unit gets this much longer in a zone where clocks are put back. */
const CLOCKS_CHANGE = HOUR;

/** The earliest start of such a unit that ends after an instant, given its maximum length. */
export const reachOf = ({ unit, zoned }: CoarseUnit, instant: Instant): Instant =>
  (zoned ? undefined : startOf(unit, instant)) ?? instant - UNIT_MILLISECONDS[unit] - (zoned ? CLOCKS_CHANGE : 0) + 1;

/**
 * The last instant covered by a date that begins at an instant. The instant itself if dates are precise to the second.
 */
export const lastOf = (precision: Precision | undefined, at: Instant): Instant => {
  if (precision?.kind !== 'always') return at;
  const { unit, zoned } = precision.longest;
  const start = zoned ? undefined : startOf(unit, at);
  if (start !== at) return at + UNIT_MILLISECONDS[unit] - 1;
  return (startOf(unit, at + UNIT_MILLISECONDS[unit]) ?? at) - 1;
};

/** A range of instants, `lt` exclusive. */
export interface DateSpan {
  readonly gte: Instant;
  readonly lt: Instant;
}

/**
 * All possible starts of the month, quarter or year that contains an instant, in any zone and at any time of its first
 * day.
 */
const startsInAnyZone = (unit: Unit, instant: Instant): readonly DateSpan[] => {
  const starts = [instant - DAY, instant, instant + DAY].flatMap((near) => startOf(unit, near) ?? []);
  return [...new Set(starts)]
    .map((start) => ({ gte: start - DAY, lt: Math.min(instant, start + 2 * DAY) }))
    .filter(({ gte, lt }) => gte < lt);
};

/**
 * All possible starts of the unit that contains an instant: single instants if there are few, otherwise the whole
 * range.
 * @param isTold whether each document shows its unit. Then an hour may begin at any second, as in a zone with the
 *   offset 5:07:30.
 */
export const startsAround = (coarse: CoarseUnit, instant: Instant, isTold = false): readonly DateSpan[] => {
  const { unit, isOdd = false } = coarse;
  const zoned = coarse.zoned || isOdd;
  const point = (at: Instant): DateSpan => ({ gte: at, lt: at + 1 });
  const single = (at: Instant): readonly DateSpan[] => (at < instant ? [point(at)] : []);
  if (zoned && isTold && (unit === 'hour' || unit === 'minute'))
    return [{ gte: instant - UNIT_MILLISECONDS[unit], lt: instant }];
  if (unit === 'minute') return single(instant - (instant % MINUTE));
  const last = instant - 1 - ((instant - 1) % MINUTE);
  if (unit === 'hour' && zoned) return Array.from({ length: 60 }, (_, back) => point(last - back * MINUTE));
  if (zoned && unit in MONTHS) return startsInAnyZone(unit, instant);
  const start = zoned ? undefined : startOf(unit, instant);
  return start === undefined ? [{ gte: reachOf({ unit, zoned }, instant), lt: instant }] : single(start);
};

/** A unit and its maximum length in milliseconds, for a script that has no calendar. */
export const unitParams = ({ unit, zoned }: CoarseUnit) => {
  const slack = zoned && UNIT_MILLISECONDS[unit] >= DAY ? CLOCKS_CHANGE : 0;
  return { unit, zoned, rank: rankOf(unit), longest: UNIT_MILLISECONDS[unit], slack };
};
