import { DAY, HOUR } from './duration.ts';
import type { Instant } from './instant.ts';
import { offsetsOf } from './wall-clock.ts';

// What the calendar of a time zone does with instants: periods of months and years, and where a month or a year begins.

/** What the wall clock of a zone shows: the epoch milliseconds at which a clock in UTC shows the same. */
export type Wall = number;

export type CalendarUnit = 'month' | 'year';

/** No offset from UTC is larger, and no change of an offset has ever been. */
const WIDEST = 26 * HOUR;

/** The wall clock of one time zone. */
export interface ZoneClock {
  /** What the clock shows at an instant. */
  wallAt(instant: Instant): Wall;
  /**
   * The first instant at which the clock shows this or later. Where the clock skips it (it is put forward, or a whole day is left out), that
   * is the instant of the change; where it shows it twice, the first of the two.
   */
  firstAt(wall: Wall): Instant;
  /** What the clock must show for {@link firstAt} to give this instant or a later one: of an hour that is repeated, its end. */
  lastWallBy(instant: Instant): Wall;
}

/**
 * The wall clock of a time zone, by the zone data of the runtime.
 * @param timeZone an IANA name.
 * @throws UnreadableValue if the runtime does not know the zone.
 */
export function clockIn(timeZone: string): ZoneClock {
  const offsetAt = offsetsOf(timeZone);
  const wallAt = (instant: Instant): Wall => instant + offsetAt(instant);

  /** The first instant of the offset that holds at `to`; there is one change of it after `from`. */
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

  const firstAt = (wall: Wall): Instant => {
    const [from, to] = [wall - WIDEST, wall + WIDEST];
    const [before, after] = [offsetAt(from), offsetAt(to)];
    if (before === after) return wall - before;
    const change = changeIn(from, to);
    return wall - before < change ? wall - before : Math.max(change, wall - after);
  };

  const lastWallBy = (instant: Instant): Wall => {
    const wall = wallAt(instant);
    const first = firstAt(wall);
    return first < instant ? changeIn(first, instant) + offsetAt(first) : wall;
  };

  return { wallAt, firstAt, lastWallBy };
}

const MIDNIGHT = (wall: Wall): Wall => Math.floor(wall / DAY) * DAY;

/** The first day of a month, counted from January of year 0, at midnight. */
const monthStart = (month: number): Wall => Date.UTC(Math.floor(month / 12), month % 12);

const monthOf = (wall: Wall): number => new Date(wall).getUTCFullYear() * 12 + new Date(wall).getUTCMonth();

/** Where the month or the year begins in which the clock shows this. */
export const startOf = (unit: CalendarUnit, wall: Wall): Wall => {
  const month = monthOf(wall);
  return monthStart(unit === 'year' ? month - (month % 12) : month);
};

/** Where the next month or year begins. */
export const startOfNext = (unit: CalendarUnit, wall: Wall): Wall =>
  monthStart(monthOf(startOf(unit, wall)) + (unit === 'year' ? 12 : 1));

/** The same day and time so many months before. A day that the month does not have is its last: 29 February, 28 February. */
export const monthsBefore = (wall: Wall, months: number): Wall => {
  const month = monthOf(wall) - months;
  const lastDay = monthStart(month + 1) - DAY;
  const sinceMonth = MIDNIGHT(wall) - monthStart(monthOf(wall));
  return Math.min(monthStart(month) + sinceMonth, lastDay) + (wall - MIDNIGHT(wall));
};

/** From when on {@link monthsBefore} gives this or later: a day that the month does not have is over when the next month begins. */
export const monthsAfter = (wall: Wall, months: number): Wall => {
  const month = monthOf(wall) + months;
  const sameDay = monthStart(month) + (wall - monthStart(monthOf(wall)));
  return Math.min(sameDay, monthStart(month + 1));
};
