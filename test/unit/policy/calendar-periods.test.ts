import { describe, expect, test } from 'vitest';
import { parseRetentionPolicy } from '../../../lib/policy/parsing/parse-retention-policy.ts';
import type { AgeRule } from '../../../lib/policy/rules/rules.ts';
import { parseAge } from '../../../lib/policy/time/calendar-period.ts';
import { cutoffOf, disagreementBound, dueFrom, lagOf, overdueBefore } from '../../../lib/policy/time/cutoff.ts';
import { parseDuration } from '../../../lib/policy/time/duration.ts';
import { isoInstant, parseInstant } from '../../../lib/policy/time/instant.ts';
import { policyWith } from '../../support/policy/policy-text.ts';

const at = (text: string): number => parseInstant(text) ?? Number.NaN;

const rule = (maxAge: string, from?: AgeRule['from'], timeZone = 'UTC', allowedLateness = 'PT1H'): AgeRule => ({
  maxAge: parseAge(maxAge),
  ...(from !== undefined && { from }),
  timeZone,
  allowedLateness: parseDuration(allowedLateness),
});

test('the error for a text that is not a period names the accepted forms', () => {
  expect(() => parseAge('15 days')).toThrow(/years and months, such as P2Y or P6M/);
});

describe('an age', () => {
  test.each([
    ['P2Y', 24],
    ['P6M', 6],
    ['P1Y6M', 18],
    ['P100Y', 1200],
  ])('of %s is %i months long', (iso, months) => {
    expect(parseAge(iso)).toEqual({ iso, months });
  });

  test('in days or minutes is an exact number of milliseconds', () => {
    expect(parseAge('P14D')).toEqual({ iso: 'P14D', milliseconds: 1_209_600_000 });
    expect(parseAge('PT5M')).toEqual({ iso: 'PT5M', milliseconds: 300_000 });
  });
});

describe('the cutoff of an age in years and months', () => {
  test.each([
    ['P2Y', '2026-11-28T09:00:00.001Z', '2024-11-28T09:00:00.001Z'],
    ['P2Y', '2028-02-29T12:00:00.000Z', '2026-02-28T12:00:00.000Z'],
    ['P4Y', '2028-02-29T12:00:00.000Z', '2024-02-29T12:00:00.000Z'],
    ['P1Y', '2025-02-28T12:00:00.000Z', '2024-02-28T12:00:00.000Z'],
    ['P1Y', '2025-03-01T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
    ['P6M', '2026-08-31T09:00:00.000Z', '2026-02-28T09:00:00.000Z'],
    ['P6M', '2028-08-31T09:00:00.000Z', '2028-02-29T09:00:00.000Z'],
    ['P6M', '2027-01-15T00:00:00.000Z', '2026-07-15T00:00:00.000Z'],
    ['P1Y6M', '2026-08-31T09:00:00.000Z', '2025-02-28T09:00:00.000Z'],
    ['P100Y', '2026-01-01T00:00:00.000Z', '1926-01-01T00:00:00.000Z'],
  ])('for %s at %s is %s', (period, now, cutoff) => {
    expect(isoInstant(cutoffOf(at(now), rule(period)))).toBe(cutoff);
  });

  test.each([
    ['an hour later in summer', 'P6M', '2026-10-01T00:30:00+02:00', '2026-04-01T00:30:00+02:00'],
    ['by the wall clock, not by hours', 'P6M', '2026-07-15T09:00:00+02:00', '2026-01-15T09:00:00+01:00'],
    ['where the clock skips it, from its change on', 'P1Y', '2027-03-29T02:30:00+02:00', '2026-03-29T03:00:00+02:00'],
    ['where the clock shows it twice, the first time', 'P1Y', '2027-10-25T02:30:00+02:00', '2026-10-25T02:30:00+02:00'],
  ])('follows the clock of Berlin: %s', (_, period, now, cutoff) => {
    // 29 March 2026 and 25 October 2026 are the days on which it changes.
    expect(cutoffOf(at(now), rule(period, undefined, 'Europe/Berlin'))).toBe(at(cutoff));
  });
});

describe('the cutoff of an age that counts from the end of a year or month', () => {
  test.each([
    ['P2Y', 'end-of-year', 'UTC', '2026-11-28T09:00:00Z', '2024-01-01T00:00:00Z'],
    ['P2Y', 'end-of-year', 'UTC', '2026-12-31T23:59:59.999Z', '2024-01-01T00:00:00Z'],
    ['P2Y', 'end-of-year', 'UTC', '2027-01-01T00:00:00Z', '2025-01-01T00:00:00Z'],
    ['P2Y', 'end-of-year', 'UTC', '2028-02-29T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['P2Y', 'end-of-year', 'Europe/Berlin', '2026-12-31T22:59:59.999Z', '2023-12-31T23:00:00Z'],
    ['P2Y', 'end-of-year', 'Europe/Berlin', '2026-12-31T23:00:00Z', '2024-12-31T23:00:00Z'],
    ['P2Y', 'end-of-year', 'Pacific/Kiritimati', '2026-12-31T10:00:00Z', '2024-12-31T10:00:00Z'],
    ['P2Y', 'end-of-year', 'America/Los_Angeles', '2027-01-01T07:59:59Z', '2024-01-01T08:00:00Z'],
    // Half a year after its end: a year is kept until 1 July.
    ['P6M', 'end-of-year', 'UTC', '2026-06-30T23:59:59Z', '2025-01-01T00:00:00Z'],
    ['P6M', 'end-of-year', 'UTC', '2026-07-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['P6M', 'end-of-month', 'UTC', '2026-08-31T09:00:00Z', '2026-02-01T00:00:00Z'],
    ['P6M', 'end-of-month', 'UTC', '2026-09-01T00:00:00Z', '2026-03-01T00:00:00Z'],
    ['P6M', 'end-of-month', 'Europe/Berlin', '2026-08-31T22:00:00Z', '2026-02-28T23:00:00Z'],
    ['P1M', 'end-of-month', 'UTC', '2028-03-31T00:00:00Z', '2028-02-01T00:00:00Z'],
    ['P14D', 'end-of-month', 'UTC', '2026-11-14T23:59:59Z', '2026-10-01T00:00:00Z'],
    ['P14D', 'end-of-month', 'UTC', '2026-11-15T00:00:00Z', '2026-11-01T00:00:00Z'],
  ] as const)('for %s with %s in %s at %s is %s', (period, from, zone, now, cutoff) => {
    expect(isoInstant(cutoffOf(at(now), rule(period, from, zone)))).toBe(isoInstant(at(cutoff)));
  });

  test.each([
    // A midnight that the clock skips (Brazil until 2018), a day that was left out, a midnight that the clock shows
    // twice.
    ['a month that begins at one o’clock', 'America/Sao_Paulo', '2015-11-02T00:00:00Z', 1, '2015-10-01T03:00:00Z'],
    ['a year without its first day', 'Pacific/Kiritimati', '1996-06-01T00:00:00Z', 12, '1994-12-31T10:00:00Z'],
    ['a month whose beginning came twice', 'America/St_Johns', '2009-12-15T00:00:00Z', 1, '2009-11-01T02:30:00Z'],
    ['an offset with seconds', 'Africa/Monrovia', '1971-03-15T00:00:00Z', 1, '1971-02-01T00:44:30Z'],
  ])('is the first instant of %s', (_, zone, now, months, cutoff) => {
    const from = months === 12 ? 'end-of-year' : 'end-of-month';
    expect(isoInstant(cutoffOf(at(now), rule(`P${months}M`, from, zone)))).toBe(isoInstant(at(cutoff)));
  });
});

describe('a document', () => {
  test('becomes overdue when its year has been due for the allowed lateness', () => {
    const years = rule('P2Y', 'end-of-year');
    expect(isoInstant(overdueBefore(at('2027-01-01T00:59:59.999Z'), years))).toBe('2024-01-01T00:00:00.000Z');
    expect(isoInstant(overdueBefore(at('2027-01-01T01:00:00Z'), years))).toBe('2025-01-01T00:00:00.000Z');
  });

  test('of 29 to 31 August is due on 1 March with the age P6M, and overdue an hour later', () => {
    const months = rule('P6M');
    expect(isoInstant(cutoffOf(at('2027-03-01T00:00:00Z'), months))).toBe('2026-09-01T00:00:00.000Z');
    expect(isoInstant(overdueBefore(at('2027-03-01T00:59:59.999Z'), months))).toBe('2026-08-28T23:59:59.999Z');
    expect(isoInstant(overdueBefore(at('2027-03-01T01:00:00Z'), months))).toBe('2026-09-01T00:00:00.000Z');
  });

  test('is never overdue before it is expired', () => {
    // The cutoff of 29 August is again on 28 February.
    const [now, months] = [at('2026-08-29T00:30:00Z'), rule('P6M')];
    expect(overdueBefore(now, months)).toBe(cutoffOf(now, months));
  });
});

describe('two dates of a document', () => {
  test.each([
    ['2023-12-31T23:00:00.000Z', 'in the middle of a year', '2026-11-28T00:00:00Z'],
    ['2024-01-01T00:00:00.000Z', 'while the year that fell due is not overdue', '2027-01-01T00:59:59Z'],
    ['2024-12-31T23:00:00.000Z', 'once that year is overdue', '2027-01-01T01:00:00Z'],
  ])('disagree if one is not expired and the other is from before %s: %s', (before, _, now) => {
    expect(isoInstant(disagreementBound(at(now), rule('P2Y', 'end-of-year')))).toBe(before);
  });

  test('disagree by the bound for overdue documents if the age is exact', () => {
    const [now, age] = [at('2026-11-28T00:00:00Z'), rule('P14D')];
    expect(disagreementBound(now, age)).toBe(overdueBefore(now, age));
  });
});

describe('the lag', () => {
  test.each([
    ['counts from 1 January', rule('P2Y', 'end-of-year'), '2024-03-15T12:00:00Z', '2027-01-01T00:10:00Z', 600_000],
    ['is zero before 1 January', rule('P2Y', 'end-of-year'), '2024-03-15T12:00:00Z', '2026-12-31T23:59:59Z', 0],
    ['counts from its own time', rule('P2Y'), '2024-03-15T12:00:00Z', '2026-03-15T12:10:00Z', 600_000],
    ['counts from 1 March for 31 August', rule('P6M'), '2026-08-31T12:00:00Z', '2027-03-01T00:10:00Z', 600_000],
    ['counts from 1 March for a leap day', rule('P1Y'), '2024-02-29T12:00:00Z', '2025-03-01T00:10:00Z', 600_000],
    ['is that of an exact age', { ...rule('P14D') }, '2026-11-10T09:00:00Z', '2026-11-24T09:10:00Z', 600_000],
    [
      'counts from fourteen days after the end of its month',
      rule('P14D', 'end-of-month'),
      '2026-10-15T12:00:00Z',
      '2026-11-15T00:10:00Z',
      600_000,
    ],
  ])('of a document %s', (_, age, date, now, lag) => {
    expect(lagOf(at(now), at(date), age)).toBe(lag);
  });

  test('counts from the end of the hour for a date in the second pass of a repeated hour', () => {
    const berlin = rule('P1Y', undefined, 'Europe/Berlin');
    expect(isoInstant(dueFrom(at('2026-10-25T02:30:00+02:00'), berlin))).toBe('2027-10-25T00:30:00.000Z');
    expect(isoInstant(dueFrom(at('2026-10-25T02:30:00+01:00'), berlin))).toBe('2027-10-25T01:00:00.000Z');
  });

  test('counts from the instant at which the cutoff reaches the date, even if the zone skipped a day', () => {
    const apia = rule('P3M', undefined, 'Pacific/Apia');
    const date = at('2011-09-30T15:20:00Z');
    const due = dueFrom(date, apia);
    expect([isoInstant(due), isoInstant(cutoffOf(due, apia))]).toEqual(['2011-12-30T15:20:00.000Z', isoInstant(date)]);
  });
});

describe('a date in a repeated hour around midnight', () => {
  test.each([
    ['before a month that began after it', 'Africa/Cairo', '2030-10-31T23:30:00+02:00', '2030-12-01T00:00:00+02:00'],
    [
      'in a month that had begun before it',
      'America/St_Johns',
      '2009-10-31T23:30:00-03:30',
      '2010-01-01T00:00:00-03:30',
    ],
    ['before it was repeated', 'America/St_Johns', '2009-10-31T23:30:00-02:30', '2009-12-01T00:00:00-03:30'],
  ])('falls due when the cutoff passes it: %s', (_, zone, date, due) => {
    const age = rule('P1M', 'end-of-month', zone);
    expect(isoInstant(dueFrom(at(date), age))).toBe(isoInstant(at(due)));
    expect(cutoffOf(at(due), age)).toBeGreaterThan(at(date));
    expect(cutoffOf(at(due) - 1, age)).toBeLessThanOrEqual(at(date));
  });
});

describe('a policy', () => {
  const ageOf = (maxAge: string, more = '') => {
    const text = policyWith('maxAge: P14D', `maxAge: ${maxAge}`).replace('rate(15 minutes)', `rate(15 minutes)${more}`);
    return parseRetentionPolicy(text, 'policy.yml').categories.get('call-logs')?.rules.age;
  };

  test('counts years and months in the time zone of the category', () => {
    expect(ageOf('P2Y', '\n    timeZone: Europe/Berlin')).toEqual({
      maxAge: { iso: 'P2Y', months: 24 },
      allowedLateness: { iso: 'PT1H', milliseconds: 3_600_000 },
      timeZone: 'Europe/Berlin',
    });
    expect(ageOf('P6M\n        from: end-of-month')).toMatchObject({ from: 'end-of-month', timeZone: 'UTC' });
    expect(ageOf('P14D\n        from: end-of-month')).toMatchObject({ from: 'end-of-month', timeZone: 'UTC' });
  });

  test('counts days without a time zone', () => {
    expect(ageOf('P14D', '\n    timeZone: Europe/Berlin')).not.toHaveProperty('timeZone');
  });
});
