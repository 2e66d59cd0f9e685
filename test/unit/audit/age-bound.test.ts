import { expect, test } from 'vitest';
import { overdueBound } from '../../../lib/audit/ages/age-bound.ts';
import type { AgeRule } from '../../../lib/policy/rules/rules.ts';
import { parseAge } from '../../../lib/policy/time/calendar-period.ts';
import { overdueBefore } from '../../../lib/policy/time/cutoff.ts';
import { DAY, HOUR, parseDuration } from '../../../lib/policy/time/duration.ts';
import fc from '../../support/run/fast-check.ts';

const PT1H = parseDuration('PT1H');

test('an exact age is counted in milliseconds', () => {
  const now = Date.parse('2026-03-31T12:00:00Z');
  expect(overdueBound(now, { maxAge: parseAge('P14D'), allowedLateness: PT1H })).toBe(now - 14 * DAY - HOUR);
});

test.each([
  ['2026-03-31T12:00:00Z', 'P1M', undefined, 'UTC', '2026-02-28T11:00:00.000Z'],
  ['2026-03-31T12:00:00Z', 'P1M', 'end-of-month', 'UTC', '2026-02-01T00:00:00.000Z'],
  ['2026-06-15T12:00:00Z', 'P2Y', 'end-of-year', 'Europe/Berlin', '2023-12-31T23:00:00.000Z'],
  ['2026-06-15T12:00:00Z', 'P30D', 'end-of-month', 'Asia/Tokyo', '2026-04-30T15:00:00.000Z'],
] as const)('at %s, an age of %s from %s in %s is counted by the calendar', (now, maxAge, from, timeZone, bound) => {
  const age: AgeRule = {
    maxAge: parseAge(maxAge),
    allowedLateness: PT1H,
    timeZone,
    ...(from !== undefined && { from }),
  };
  expect(new Date(overdueBound(Date.parse(now), age)).toISOString()).toBe(bound);
});

test('the bound of the audit is at most an hour earlier than that of the runs', () => {
  const ages = fc.record({
    now: fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2035, 0) }),
    maxAge: fc.constantFrom('P14D', 'PT36H', 'P1M', 'P6M', 'P2Y', 'P1Y6M').map(parseAge),
    from: fc.constantFrom(undefined, 'end-of-year', 'end-of-month' as const),
    timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/Sao_Paulo', 'Asia/Kathmandu', 'Pacific/Apia'),
    allowedLateness: fc.constantFrom('PT1H', 'P1D', 'P7D').map((text) => parseDuration(text)),
  });
  fc.assert(
    fc.property(ages, ({ now, from, ...rest }) => {
      const age = { ...rest, ...(from !== undefined && { from }) } as AgeRule;
      const [ours, theirs] = [overdueBound(now, age), overdueBefore(now, age)];
      expect(ours).toBeLessThanOrEqual(theirs);
      expect(theirs - ours).toBeLessThanOrEqual(HOUR);
    }),
    { numRuns: 500 },
  );
});
