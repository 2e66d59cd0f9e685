import type { AgeRule } from '../../policy/rules/rules.ts';
import type { Instant } from '../../policy/time/instant.ts';

// The audit computes this with its own code. lib/policy/time/cutoff.ts computes it for the runs, and the audit must
// notice a mistake there. test/unit/audit/age-bound.test.ts compares the two.

const DAY = 86_400_000;

/** The local time of the zone at an instant, written as if it were UTC. */
const localTimeAt = (instant: Instant, timeZone: string): number => {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant);
  const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find((each) => each.type === type)?.value);
  const seconds = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return seconds + (((instant % 1000) + 1000) % 1000);
};

/** The first instant at which the local clock shows this time; if the clock skips it, an instant before the skip. */
const instantAt = (wall: number, timeZone: string): Instant => {
  const offsets = [-DAY, DAY].map((away) => localTimeAt(wall + away, timeZone) - (wall + away));
  const candidates = offsets.map((offset) => wall - offset).sort((a, b) => a - b);
  const found = candidates.find((each) => localTimeAt(each, timeZone) >= wall) ?? wall;
  return found - Math.max(0, localTimeAt(found, timeZone) - wall);
};

/** The same day and time, some months earlier. If that month is too short, its last day. */
const monthsEarlier = (wall: number, months: number): number => {
  const date = new Date(wall);
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - months, 1);
  const start = new Date(first);
  const days = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 0)).getUTCDate();
  const timeOfDay = ((wall % DAY) + DAY) % DAY;
  return first + (Math.min(date.getUTCDate(), days) - 1) * DAY + timeOfDay;
};

const startOf = (unit: 'end-of-year' | 'end-of-month', wall: number): number => {
  const date = new Date(wall);
  return Date.UTC(date.getUTCFullYear(), unit === 'end-of-year' ? 0 : date.getUTCMonth(), 1);
};

const maxAgeBefore = (now: Instant, { maxAge, from, timeZone = 'UTC' }: AgeRule): Instant => {
  if (!('months' in maxAge) && from === undefined) return now - maxAge.milliseconds;
  const wall =
    'months' in maxAge
      ? monthsEarlier(localTimeAt(now, timeZone), maxAge.months)
      : localTimeAt(now - maxAge.milliseconds, timeZone);
  return instantAt(from === undefined ? wall : startOf(from, wall), timeZone);
};

/** A document whose dates are all before this instant is overdue: older than `maxAge` and the allowed lateness. */
export const overdueBound = (now: Instant, age: AgeRule): Instant =>
  Math.min(maxAgeBefore(now, age), maxAgeBefore(now - age.allowedLateness.milliseconds, age));
