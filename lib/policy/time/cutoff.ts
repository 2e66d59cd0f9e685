import type { AgeRule, AgeTerm } from '../rules/rules.ts';
import { type CalendarPeriod, isCalendarPeriod } from './calendar-period.ts';
import { DAY, type Duration } from './duration.ts';
import type { Instant } from './instant.ts';
import {
  type CalendarUnit,
  clockIn,
  monthsAfter,
  monthsBefore,
  startOf,
  startOfNext,
  type Wall,
  type ZoneClock,
} from './zone-calendar.ts';

// docs/decisions/0014-calendar-periods.md says why each of these is as it is.

/** Whether days of 24 hours suffice to count it: neither years and months, nor from the end of one. */
const isExact = (age: AgeTerm): age is AgeTerm & { readonly maxAge: Duration } =>
  age.from === undefined && !isCalendarPeriod(age.maxAge);

/** The year or month from whose end an age counts. */
export const unitOf = ({ from }: Pick<AgeTerm, 'from'>): CalendarUnit | undefined =>
  from === undefined ? undefined : from === 'end-of-year' ? 'year' : 'month';

const clockOf = ({ timeZone = 'UTC' }: AgeTerm): ZoneClock => clockIn(timeZone);

const wallBefore = (now: Instant, period: Duration | CalendarPeriod, clock: ZoneClock): Wall =>
  isCalendarPeriod(period) ? monthsBefore(clock.wallAt(now), period.months) : clock.wallAt(now - period.milliseconds);

/**
 * The exclusive cutoff of an age rule: a document is expired when every value of its timestamp is before it. Of an age that counts from the
 * end of a year or month, the cutoff is the beginning of the one in which the date lies that is `maxAge` ago.
 */
export function cutoffOf(now: Instant, age: AgeTerm): Instant {
  if (isExact(age)) return now - age.maxAge.milliseconds;
  const clock = clockOf(age);
  const wall = wallBefore(now, age.maxAge, clock);
  const unit = unitOf(age);
  return clock.firstAt(unit === undefined ? wall : startOf(unit, wall));
}

/**
 * Exclusive as well: a document from before this instant is overdue. It was expired already when the allowed lateness began, so that the
 * lateness of a whole year counts from the 1 January on which it fell due.
 */
export function overdueBefore(now: Instant, age: AgeRule): Instant {
  // At the end of a month a cutoff by months may go back by less than a day: nothing is overdue that is not expired.
  return Math.min(cutoffOf(now, age), cutoffOf(now - age.allowedLateness.milliseconds, age));
}

/**
 * Exclusive: where one date of a document is before this instant, and the other not before the cutoff, they are further apart than the allowed
 * lateness. Of two dates around midnight on 1 January, seconds apart, one is in a year that fell due: that says nothing of their clocks.
 */
export function apartBefore(now: Instant, age: AgeRule): Instant {
  return Math.min(overdueBefore(now, age), cutoffOf(now, age) - age.allowedLateness.milliseconds);
}

/** The end of the year or month in which a date lies. One that began twice, since the clock was put back over midnight, had begun at the first. */
const endOf = (unit: CalendarUnit, date: Instant, clock: ZoneClock): Wall => {
  const end = startOfNext(unit, clock.wallAt(date));
  return clock.firstAt(end) > date ? end : startOfNext(unit, end);
};

/** From when on a document of this date was expired for the first time. */
export function dueFrom(date: Instant, age: AgeTerm): Instant {
  if (isExact(age)) return date + age.maxAge.milliseconds;
  const clock = clockOf(age);
  const unit = unitOf(age);
  const wall = unit === undefined ? clock.lastWallBy(date) : endOf(unit, date, clock);
  return isCalendarPeriod(age.maxAge)
    ? clock.firstAt(monthsAfter(wall, age.maxAge.months))
    : clock.firstAt(wall) + age.maxAge.milliseconds;
}

/** Milliseconds by which a document of this date has outlived its age; 0 when it is not expired. */
export function lagOf(now: Instant, date: Instant, age: AgeTerm): number {
  return date >= cutoffOf(now, age) ? 0 : Math.max(0, now - dueFrom(date, age));
}

/** So long after a year or month fell due as a whole, it is no surprise that it is. */
const USUAL_FOR = 7 * DAY;

/**
 * Where a whole year or month fell due at once, a little while ago: its beginning. Documents from there to the cutoff are the usual amount;
 * older ones are a backlog. Undefined for other ages, and when a week and the allowed lateness are over: what is left then is a backlog, too.
 */
export function fellDueSince(now: Instant, age: AgeRule): Instant | undefined {
  const unit = unitOf(age);
  if (unit === undefined) return undefined;
  const last = cutoffOf(now, age) - 1;
  if (now - dueFrom(last, age) >= Math.max(USUAL_FOR, age.allowedLateness.milliseconds)) return undefined;
  const clock = clockOf(age);
  return clock.firstAt(startOf(unit, clock.wallAt(last)));
}
