import { DAY, HOUR } from './duration.ts';
import type { Instant } from './instant.ts';
import { offsetsOf } from './wall-clock.ts';

// Calendar arithmetic in a time zone: periods of months and years, and the beginning of a month or year.

/** A reading of a zone's wall clock, written as the epoch milliseconds at which a clock in UTC shows the same time. */
export type WallTime = number;

/** The units from whose end an age may count. */
export type CalendarUnit = 'month' | 'year';

/** No offset from UTC, and no change of an offset, has ever been larger. */
const WIDEST = 26 * HOUR;

/** The wall clock of one time zone. */
export interface ZoneClock {
  /** The reading of the clock at an instant. */
  localTimeAt(instant: Instant): WallTime;
  /**
   * The first instant at which the clock shows this reading or a later reading. If the clock skips the reading, this is
   * the instant of the change. If the clock shows it twice, this is the first of the two.
   */
  firstAt(wall: WallTime): Instant;
  /**
   * The earliest reading for which {@link firstAt} gives this instant or a later instant. When an hour is shown a
   * second time, that is the end of the hour.
   */
  lastWallBy(instant: Instant): WallTime;
}

/**
 * The wall clock of a time zone, by the zone data of the runtime.
 * @param timeZone an IANA name.
 * @throws UnreadableValue if the runtime does not know the zone.
 */
export function clockIn(timeZone: string): ZoneClock {
  const offsetAt = offsetsOf(timeZone);
  const localTimeAt = (instant: Instant): WallTime => instant + offsetAt(instant);

  /** The first instant at which the offset of `to` applies, if the offset changes exactly once after `from`. */
  const changeIn = (from: Instant, to: Instant): Instant => {
    let [before, after] = [from, to];
    const offset = offsetAt(to);
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (offsetAt(middle) === offset) after = middle;
      else before = middle;
    }
    return after;
  };

  const firstAt = (wall: WallTime): Instant => {
    const [from, to] = [wall - WIDEST, wall + WIDEST];
    const [before, after] = [offsetAt(from), offsetAt(to)];
    if (before === after) return wall - before;
    const change = changeIn(from, to);
    return wall - before < change ? wall - before : Math.max(change, wall - after);
  };

  const lastWallBy = (instant: Instant): WallTime => {
    const wall = localTimeAt(instant);
    const first = firstAt(wall);
    return first < instant ? changeIn(first, instant) + offsetAt(first) : wall;
  };

  return { localTimeAt, firstAt, lastWallBy };
}

const MIDNIGHT = (wall: WallTime): WallTime => Math.floor(wall / DAY) * DAY;

/** Midnight of the first day of a month. Months are counted from January of year 0. */
const monthStart = (month: number): WallTime => Date.UTC(Math.floor(month / 12), month % 12);

const monthOf = (wall: WallTime): number => new Date(wall).getUTCFullYear() * 12 + new Date(wall).getUTCMonth();

/** The beginning of the month or year that contains a reading. */
export const startOf = (unit: CalendarUnit, wall: WallTime): WallTime => {
  const month = monthOf(wall);
  return monthStart(unit === 'year' ? month - (month % 12) : month);
};

/** The beginning of the next month or year. */
export const startOfNext = (unit: CalendarUnit, wall: WallTime): WallTime =>
  monthStart(monthOf(startOf(unit, wall)) + (unit === 'year' ? 12 : 1));

/**
 * The same day and time, `months` months earlier. If that month is too short, its last day: 29 February becomes 28
 * February.
 */
export const monthsBefore = (wall: WallTime, months: number): WallTime => {
  const month = monthOf(wall) - months;
  const lastDay = monthStart(month + 1) - DAY;
  const sinceMonth = MIDNIGHT(wall) - monthStart(monthOf(wall));
  return Math.min(monthStart(month) + sinceMonth, lastDay) + (wall - MIDNIGHT(wall));
};

/**
 * The first reading for which {@link monthsBefore} gives this reading or a later reading. If the month is too short for
 * the day, this is the start of the next month.
 */
export const monthsAfter = (wall: WallTime, months: number): WallTime => {
  const month = monthOf(wall) + months;
  const sameDay = monthStart(month) + (wall - monthStart(monthOf(wall)));
  return Math.min(sameDay, monthStart(month + 1));
};
