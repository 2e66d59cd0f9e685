import { expect, test } from 'vitest';
import { count, minute, number, wallTime } from '../../../../lib/cli/output/format.ts';

const at = (text: string): number => Date.parse(text);

test('numbers have thousands separators, and nouns have their plural', () => {
  expect(number(1_234_567)).toBe('1,234,567');
  expect([0, 1, 2].map((value) => count(value, 'index', 'indices'))).toEqual(['0 indices', '1 index', '2 indices']);
});

test('an instant is shown to the minute, in UTC', () => {
  expect(minute(at('2026-11-24T09:05:59.999Z'))).toBe('2026-11-24 09:05');
});

test.each([
  ['2026-11-24T14:15:00Z', 'UTC', '14:15 UTC'],
  ['2026-11-24T14:15:00Z', 'Europe/Berlin', '15:15 CET'],
  ['2026-11-25T00:05:00Z', 'UTC', '2026-11-25 00:05 UTC'],
  ['2026-11-24T23:30:00Z', 'Europe/Berlin', '2026-11-25 00:30 CET'],
])('the instant %s in %s is shown as %s, with a date only if it is not today', (instant, timeZone, said) => {
  expect(wallTime(at(instant), timeZone, at('2026-11-24T09:00:00Z'))).toBe(said);
});

test('the time zone decides whether an instant is today', () => {
  expect(wallTime(at('2026-11-25T01:00:00Z'), 'Europe/Berlin', at('2026-11-24T23:30:00Z'))).toBe('02:00 CET');
});
