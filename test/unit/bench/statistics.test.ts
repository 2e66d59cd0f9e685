import { describe, expect, test } from 'vitest';
import { bandOf, median, medianInterval, powerLaw, quantile } from '../../bench/page/statistics.ts';

describe('the median', () => {
  test('of an odd number of values is the middle one, in any order', () => {
    expect(median([9, 1, 4])).toBe(4);
  });

  test('of an even number of values is the mean of the two middle ones', () => {
    expect(median([4, 1, 9, 2])).toBe(3);
  });

  test('of no values is not a number', () => {
    expect(median([])).toBeNaN();
  });
});

describe('a quantile', () => {
  const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);

  test('of 0.99 is the largest of a hundred values', () => {
    expect(quantile(hundred, 0.99)).toBe(100);
    expect(quantile(hundred, 0.5)).toBe(51);
  });

  test('of few values is at most the largest', () => {
    expect(quantile([3], 0.99)).toBe(3);
  });
});

describe('a fitted power law', () => {
  const sizes = [10, 100, 1_000, 10_000];

  test('finds the factor and the exponent that made the points', () => {
    const law = powerLaw(sizes.map((x) => [x, 3 * x ** 0.75]));
    expect(law?.factor).toBeCloseTo(3, 10);
    expect(law?.exponent).toBeCloseTo(0.75, 10);
    expect(law?.last).toBeCloseTo(0.75, 10);
    expect(law?.explained).toBeCloseTo(1, 10);
  });

  test('shows in its last step the growth that a fixed cost hides', () => {
    const law = powerLaw(sizes.map((x) => [x, 100 + x]));
    expect(law?.exponent).toBeLessThan(0.75);
    expect(law?.last).toBeGreaterThan(0.95);
    expect(law?.explained).toBeLessThan(0.95);
  });

  test('needs more than two points', () => {
    expect(
      powerLaw([
        [1, 1],
        [2, 2],
      ]),
    ).toBeUndefined();
  });
});

describe('the interval of a median', () => {
  test('of ten values at 90 % leaves out the smallest and the largest', () => {
    const { low, high, confidence } = medianInterval([5, 3, 8, 1, 9, 10, 2, 7, 6, 4], 0.9);
    expect([low, high]).toEqual([2, 9]);
    // 1 − 2 · (1 + 10) / 2^10
    expect(confidence).toBeCloseTo(0.9785, 4);
  });

  test('contains all values if they are too few, and states their lower confidence', () => {
    expect(medianInterval([4, 2, 3], 0.9)).toEqual({ low: 2, high: 4, confidence: 0.75 });
  });
});

describe('the band of windows', () => {
  test('is the largest factor between neighbours, up or down', () => {
    expect(bandOf([10, 12, 8, 8])).toBeCloseTo(1.5, 10);
    expect(bandOf([8, 12])).toBeCloseTo(1.5, 10);
  });

  test('is 1 for a single window', () => {
    expect(bandOf([7])).toBe(1);
  });
});
