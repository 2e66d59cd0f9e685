import { describe, expect, test } from 'vitest';
import { cutoffOf, overdueBefore } from '../../../lib/policy/time/cutoff.ts';
import { parseDuration } from '../../../lib/policy/time/duration.ts';
import { isoInstant, parseInstant } from '../../../lib/policy/time/instant.ts';

const instant = (text: string) => parseInstant(text) ?? Number.NaN;
const age = { maxAge: parseDuration('P14D'), allowedLateness: parseDuration('PT1H') };

describe('the cutoff of fourteen days', () => {
  test.each([
    ['an ordinary day', '2026-11-24T09:00:00.000Z', '2026-11-10T09:00:00.000Z'],
    ['a millisecond later', '2026-11-24T09:00:00.001Z', '2026-11-10T09:00:00.001Z'],
    ['the turn of the year', '2027-01-01T00:00:00.000Z', '2026-12-18T00:00:00.000Z'],
    ['the end of February', '2027-03-10T00:00:00.000Z', '2027-02-24T00:00:00.000Z'],
    ['the end of a leap February', '2028-03-10T00:00:00.000Z', '2028-02-25T00:00:00.000Z'],
    ['a leap day itself', '2028-03-14T12:00:00.000Z', '2028-02-29T12:00:00.000Z'],
  ])('on %s, at %s, is %s', (_, now, cutoff) => {
    expect(isoInstant(cutoffOf(instant(now), age))).toBe(cutoff);
  });

  test.each([
    ['forward', '2026-04-01T03:30:00+02:00', '2026-03-18T02:30:00+01:00'],
    ['back', '2026-11-01T02:30:00+01:00', '2026-10-18T03:30:00+02:00'],
  ])('is 336 hours ago even if the clocks of Berlin went %s meanwhile', (_, now, cutoff) => {
    expect(cutoffOf(instant(now), age)).toBe(instant(cutoff));
  });
});

describe('a document', () => {
  test('is overdue when it is older than the cutoff by the allowed lateness', () => {
    expect(isoInstant(overdueBefore(instant('2026-11-24T09:00:00Z'), age))).toBe('2026-11-10T08:00:00.000Z');
  });
});
