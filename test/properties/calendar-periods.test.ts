import { expect, test } from 'vitest';
import type { AgeRule } from '../../lib/policy/rules/rules.ts';
import { parseAge } from '../../lib/policy/time/calendar-period.ts';
import { cutoffOf, dueFrom, lagOf, overdueBefore } from '../../lib/policy/time/cutoff.ts';
import { DAY, MINUTE, parseDuration } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import fc from '../support/run/fast-check.ts';
import { propertyRuns } from '../support/run/property-runs.ts';
import { clockOf, cutoffByCalendar } from './calendar-oracle.ts';

/**
 * Half an hour of daylight saving, midnights that are skipped or shown twice, days that were left out, offsets that
 * changed for good.
 */
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'America/St_Johns',
  'America/Havana',
  'America/Caracas',
  'Africa/Casablanca',
  'Africa/Cairo',
  'Asia/Kathmandu',
  'Asia/Pyongyang',
  'Asia/Beirut',
  'Europe/Istanbul',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
];

const zone = fc.constantFrom(...ZONES);
const from = fc.constantFrom<AgeRule['from']>(undefined, 'end-of-year', 'end-of-month');
const months = fc.constantFrom(1, 2, 3, 6, 12, 18, 24, 36, 60);
const minute = fc
  .integer({ min: Date.UTC(1992, 0, 1) / MINUTE, max: Date.UTC(2036, 0, 1) / MINUTE })
  .map((minutes) => minutes * MINUTE);

/** Near the ends of months, near the changes of a clock, or anywhere. */
const instantIn = (timeZone: string): fc.Arbitrary<number> => {
  const clock = clockOf(timeZone);
  const isOdd = (at: number): boolean => clock(at).slice(-5) !== clock(at - DAY).slice(-5);
  const nearChange = minute.map((at) => {
    let day = at;
    for (let tried = 0; tried < 250 && !isOdd(day); tried++) day += DAY;
    return day - DAY + (at % DAY);
  });
  const nearMonth = fc
    .tuple(minute, fc.integer({ min: -3 * 1440, max: 1440 }))
    .map(([at, minutes]) => Date.UTC(new Date(at).getUTCFullYear(), new Date(at).getUTCMonth()) + minutes * MINUTE);
  return fc.oneof(minute, nearChange, nearMonth);
};

const RUNS = propertyRuns(1000);

const rule = (timeZone: string, period: number, start: AgeRule['from']): AgeRule => ({
  maxAge: parseAge(`P${period}M`),
  ...(start !== undefined && { from: start }),
  timeZone,
  allowedLateness: parseDuration('PT1H'),
});

const situation = zone.chain((timeZone) => fc.tuple(fc.constant(timeZone), instantIn(timeZone), months, from));

test('the cutoff equals the result of going back day by day in the calendar', () => {
  fc.assert(
    fc.property(situation, ([timeZone, now, period, start]) => {
      const unit = start === undefined ? undefined : start === 'end-of-year' ? 'year' : 'month';
      expect(isoInstant(cutoffOf(now, rule(timeZone, period, start)))).toBe(
        isoInstant(cutoffByCalendar(now, period, unit, timeZone)),
      );
    }),
    { numRuns: RUNS / 5 },
  );
});

test('a document is due when the cutoff passes its date, and not before', () => {
  fc.assert(
    fc.property(situation, ([timeZone, date, period, start]) => {
      const age = rule(timeZone, period, start);
      const due = dueFrom(date, age);
      expect(cutoffOf(due + 1, age)).toBeGreaterThan(date);
      expect(cutoffOf(due - 1, age)).toBeLessThanOrEqual(date);
      expect(lagOf(due - 1, date, age)).toBe(0);
      expect(lagOf(due + 1, date, age)).toBe(1);
    }),
    { numRuns: RUNS },
  );
});

test('nothing is overdue before it is due and its lateness has passed', () => {
  fc.assert(
    fc.property(situation, ([timeZone, now, period, start]) => {
      const age = rule(timeZone, period, start);
      const overdue = overdueBefore(now, age);
      expect(overdue).toBeLessThanOrEqual(cutoffOf(now, age));
      expect(dueFrom(overdue - 1, age) + age.allowedLateness.milliseconds).toBeLessThanOrEqual(now);
    }),
    { numRuns: RUNS },
  );
});
