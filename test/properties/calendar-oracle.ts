import type { Instant } from '../../lib/policy/time/instant.ts';

// What a calendar on the wall and a clock beside it say: days are turned back one by one, minutes passed one by one. It
// calls nothing of lib/policy but a type, on purpose.

const MINUTE = 60_000;

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const leaps = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

const lengthOf = (year: number, month: number): number =>
  month === 2 ? (leaps(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;

const dayBefore = ({ year, month, day }: Day): Day => {
  if (day > 1) return { year, month, day: day - 1 };
  if (month > 1) return { year, month: month - 1, day: lengthOf(year, month - 1) };
  return { year: year - 1, month: 12, day: 31 };
};

/**
 * Turned back until so many months have ended, and then to the day of that number, or the first day that there is
 * before.
 */
const monthsBack = (from: Day, months: number): Day => {
  let [at, ended] = [from, 0];
  while (ended < months || at.day > from.day) {
    const before = dayBefore(at);
    if (before.month !== at.month) ended++;
    at = before;
  }
  return at;
};

const firstOf = (unit: 'year' | 'month', from: Day): Day => {
  let at = from;
  while (at.day !== 1 || (unit === 'year' && at.month !== 1)) at = dayBefore(at);
  return at;
};

/** What a clock in the zone shows, as text that sorts by time: `2026-11-28 09:00`. */
export const clockOf = (timeZone: string): ((instant: Instant) => string) => {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return (instant) => format.format(instant);
};

const two = (value: number): string => `${value}`.padStart(2, '0');

/** The cutoff of so many months at a full minute, by the calendar of a zone. */
export const cutoffByCalendar = (
  now: Instant,
  months: number,
  unit: 'year' | 'month' | undefined,
  timeZone: string,
): Instant => {
  const clock = clockOf(timeZone);
  const [date = '', time = ''] = clock(now).split(' ');
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const back = monthsBack({ year, month, day }, months);
  const start = unit === undefined ? back : firstOf(unit, back);
  const wanted = `${start.year}-${two(start.month)}-${two(start.day)} ${unit === undefined ? time : '00:00'}`;
  // No zone is further from UTC: the clock cannot have shown it yet.
  let at = Date.UTC(start.year, start.month - 1, start.day) - 15 * 60 * MINUTE;
  while (clock(at) < wanted) at += MINUTE;
  return at;
};
