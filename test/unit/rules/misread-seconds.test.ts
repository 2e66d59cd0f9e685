import { expect, test } from 'vitest';
import { misreadSeconds } from '../../../lib/rules/dates/misread-seconds.ts';

const at = (text: string): number => Date.parse(text);
const EARLIEST = at('2015-01-01T00:00:00Z');
const FUTURE = at('2026-11-26T00:00:00Z');

// Without this range, a live document whose date was sent in seconds would count as one of 1970.
test('the range of misread seconds goes from the cutoff to the first future date', () => {
  expect(misreadSeconds({ earliest: EARLIEST, futureFrom: FUTURE }, at('2026-11-10T00:00:00.999Z'))).toEqual({
    gte: at('2026-11-10T00:00:00Z') / 1000,
    lt: FUTURE / 1000,
  });
  expect(misreadSeconds({ earliest: EARLIEST, futureFrom: FUTURE + 1 }, 0)?.lt).toBe(FUTURE / 1000 + 1);
});

test('the range of misread seconds does not begin before 1970', () => {
  expect(misreadSeconds({ earliest: EARLIEST, futureFrom: FUTURE }, -5_000)?.gte).toBe(0);
});

test('the range of misread seconds ends at the earliest believable date', () => {
  expect(misreadSeconds({ earliest: 1_000, futureFrom: FUTURE }, 0)).toEqual({ gte: 0, lt: 1_000 });
});

test('an empty range of misread seconds is left out', () => {
  expect(misreadSeconds({ earliest: 1_000, futureFrom: FUTURE }, 1_000_000)).toBeUndefined();
  expect(misreadSeconds({ earliest: 1_000, futureFrom: FUTURE }, 999_999)).toEqual({ gte: 999, lt: 1_000 });
});
