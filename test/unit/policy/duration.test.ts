import { describe, expect, test } from 'vitest';
import { describeDuration, parseDuration } from '../../../lib/policy/time/duration.ts';
import fc from '../../support/run/fast-check.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('a duration', () => {
  test.each([
    ['P14D', 14 * DAY],
    ['P2W', 14 * DAY],
    ['PT336H', 14 * DAY],
    ['P1DT12H', 36 * HOUR],
    ['P1W1DT1H1M1S', 8 * DAY + HOUR + 61_000],
    ['PT1H', HOUR],
    ['PT90M', 1.5 * HOUR],
    ['PT0.001S', 1],
    ['PT1.5S', 1500],
    ['PT1.005S', 1005],
    ['P36525D', 36_525 * DAY],
  ])('reads %s as %i milliseconds and keeps its text', (iso, milliseconds) => {
    expect(parseDuration(iso)).toEqual({ iso, milliseconds });
  });

  test.each([
    ['P1Y', /vary in length/],
    ['P6M', /vary in length/],
    ['P1M14D', /vary in length/],
    ['-P14D', /no sign/],
    ['P-14D', /no sign/],
    ['P14H', /write PT14H/],
    ['P30S', /write PT30S/],
    ['P1.5D', /smaller unit/],
    ['PT0,5H', /smaller unit/],
    ['p14d', /in capitals: P14D/],
    ['P0D', /longer than zero/],
    ['PT0S', /longer than zero/],
    ['P36526D', /century/],
    ['P99999999999999999999D', /century/],
    ['P', /such as P14D/],
    ['PT', /such as P14D/],
    ['P1DT', /such as P14D/],
    ['14 days', /Write for example P14D/],
    ['14d', /Write for example P14D/],
    ['P14D ', /such as P14D/],
    ['PT1H1D', /such as P14D/],
    ['PT0.0001S', /such as P14D/],
    ['', /an empty text/],
  ])('refuses %j with the fix', (text, message) => {
    expect(() => parseDuration(text)).toThrow(message);
  });

  test('may be zero if that is allowed', () => {
    expect(parseDuration('PT0S', { allowZero: true }).milliseconds).toBe(0);
  });

  test('is the sum of its parts, in any combination', () => {
    const amount = fc.nat({ max: 999 });
    fc.assert(
      fc.property(amount, amount, amount, amount, fc.integer({ min: 1, max: 59_999 }), (w, d, h, m, ms) => {
        const iso = `P${w}W${d}DT${h}H${m}M${(ms / 1000).toFixed(3)}S`;
        expect(parseDuration(iso).milliseconds).toBe(w * 7 * DAY + d * DAY + h * HOUR + m * 60_000 + ms);
      }),
    );
  });
});

describe('a duration written for people', () => {
  test.each([
    [0, '0 s'],
    [0.4, '0 ms'],
    [999, '999 ms'],
    [1000, '1 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [12_000_000, '3 h 20 min'],
    [HOUR, '1 h'],
    [HOUR + 1000, '1 h'],
    [14 * DAY, '14 d'],
    [14 * DAY + 3 * HOUR + 60_000, '14 d 3 h'],
    [DAY - 1, '23 h 59 min'],
    [-12_000_000, '-3 h 20 min'],
  ])('of %d milliseconds is %s', (milliseconds, said) => {
    expect(describeDuration(milliseconds)).toBe(said);
  });
});
