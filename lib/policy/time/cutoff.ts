import type { AgeRule, AgeTerm } from '../rules/rules.ts';
import { type CalendarPeriod, isCalendarPeriod } from './calendar-period.ts';
import type { Duration } from './duration.ts';
import type { Instant } from './instant.ts';
import {
  type CalendarUnit,
  clockIn,
  monthsAfter,
  monthsBefore,
  startOf,
  startOfNext,
  type WallTime,
  type ZoneClock,
} from './zone-calendar.ts';

// docs/decisions/0014-calendar-periods.md gives the reasons for these functions.

/**
 * Whether the age is a fixed number of milliseconds: it has no years or months, and does not count from the end of a
 * year or month.
 */
const isExact = (age: AgeTerm): age is AgeTerm & { readonly maxAge: Duration } =>
  age.from === undefined && !isCalendarPeriod(age.maxAge);

/** The year or month from whose end an age counts. */
export const unitOf = ({ from }: Pick<AgeTerm, 'from'>): CalendarUnit | undefined =>
  from === undefined ? undefined : from === 'end-of-year' ? 'year' : 'month';

const clockOf = ({ timeZone = 'UTC' }: AgeTerm): ZoneClock => clockIn(timeZone);

const localTimeBefore = (now: Instant, period: Duration | CalendarPeriod, clock: ZoneClock): WallTime =>
  isCalendarPeriod(period)
    ? monthsBefore(clock.localTimeAt(now), period.months)
    : clock.localTimeAt(now - period.milliseconds);

/**
 * The exclusive cutoff of an age rule. A document is expired if the later of its two dates is before it. If the age
 * counts from the end of a year or month, the cutoff is the start of the year or month that contains the instant
 * `maxAge` ago.
 * @example For `P2Y` from the end of the year, at any instant of 2026: the start of 2024. For `P14D`: now minus 336
 * hours.
 */
export function cutoffOf(now: Instant, age: AgeTerm): Instant {
  if (isExact(age)) return now - age.maxAge.milliseconds;
  const clock = clockOf(age);
  const wall = localTimeBefore(now, age.maxAge, clock);
  const unit = unitOf(age);
  return clock.firstAt(unit === undefined ? wall : startOf(unit, wall));
}

/**
 * The exclusive bound for overdue documents: documents from before this instant are overdue. They were expired before
 * the allowed lateness began. So the lateness of a whole year counts from the 1 January on which the year fell due.
 */
export function overdueBefore(now: Instant, age: AgeRule): Instant {
  // A cutoff by months may move back by less than a day at the end of a month. The minimum ensures that nothing is
  // overdue before it is expired.
  return Math.min(cutoffOf(now, age), cutoffOf(now - age.allowedLateness.milliseconds, age));
}

/**
 * The exclusive bound for dates that disagree. If one date of a document is before this instant and the other is not
 * before the cutoff, they differ by more than the allowed lateness. Two dates only seconds apart around midnight on 1
 * January may be in different years; this says nothing about their clocks.
 */
export function disagreementBound(now: Instant, age: AgeRule): Instant {
  return Math.min(overdueBefore(now, age), cutoffOf(now, age) - age.allowedLateness.milliseconds);
}

/**
 * The end of the year or month that contains a date. If midnight occurs twice because the clock was put back, the first
 * one counts as the beginning.
 */
const endOf = (unit: CalendarUnit, date: Instant, clock: ZoneClock): WallTime => {
  const end = startOfNext(unit, clock.localTimeAt(date));
  return clock.firstAt(end) > date ? end : startOfNext(unit, end);
};

/**
 * The first instant, not before the given one, whose cutoff has reached a date. A zone may leave out a whole day, such
 * as 30 December 2011 in Samoa. The cutoff of the next day then goes through the last day of the earlier month again.
 */
const whenReached = (instant: Instant, date: Instant, age: AgeTerm): Instant => {
  const missing = date - cutoffOf(instant, age);
  return missing <= 0 ? instant : whenReached(instant + missing, date, age);
};

/** The instant from which a document of this date is expired. */
export function dueFrom(date: Instant, age: AgeTerm): Instant {
  if (isExact(age)) return date + age.maxAge.milliseconds;
  const clock = clockOf(age);
  const unit = unitOf(age);
  const wall = unit === undefined ? clock.lastWallBy(date) : endOf(unit, date, clock);
  const due = isCalendarPeriod(age.maxAge)
    ? clock.firstAt(monthsAfter(wall, age.maxAge.months))
    : clock.firstAt(wall) + age.maxAge.milliseconds;
  return whenReached(due, date, age);
}

/** Milliseconds for which a document of this date has been expired; 0 if it is not expired. */
export function lagOf(now: Instant, date: Instant, age: AgeTerm): number {
  return date >= cutoffOf(now, age) ? 0 : Math.max(0, now - dueFrom(date, age));
}
