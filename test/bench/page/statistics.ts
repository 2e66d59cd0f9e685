/** The middle value, or the mean of the two in the middle. NaN if there is none. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
  return middle.length === 0 ? Number.NaN : middle.reduce((sum, each) => sum + each, 0) / middle.length;
};

/**
 * The value that so large a part of all values does not exceed.
 * @param part from 0 to 1.
 */
export const quantile = (values: readonly number[], part: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
};

/** How something grows: `y = factor · x^exponent`. */
export interface PowerLaw {
  readonly factor: number;
  readonly exponent: number;
  /** The part of the variance (of the logarithms) that the law explains, from 0 to 1. */
  readonly explained: number;
  /** The exponent between the two largest sizes only. At small sizes, fixed costs hide how something grows. */
  readonly last: number;
}

const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;

/**
 * Fits a power law by least squares of the logarithms.
 * @param points size and value, both above 0, with ascending sizes.
 * @returns undefined if fewer than three sizes were measured.
 */
export const powerLaw = (points: readonly (readonly [x: number, y: number])[]): PowerLaw | undefined => {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const [before, largest] = logs.slice(-2);
  if (logs.length < 3 || before === undefined || largest === undefined) return undefined;
  const [meanX, meanY] = [mean(logs.map(([x]) => x)), mean(logs.map(([, y]) => y))];
  const varianceX = mean(logs.map(([x]) => (x - meanX) ** 2));
  const varianceY = mean(logs.map(([, y]) => (y - meanY) ** 2));
  const covariance = mean(logs.map(([x, y]) => (x - meanX) * (y - meanY)));
  const exponent = covariance / varianceX;
  return {
    factor: Math.exp(meanY - exponent * meanX),
    exponent,
    explained: varianceY === 0 ? 1 : covariance ** 2 / (varianceX * varianceY),
    last: (largest[1] - before[1]) / (largest[0] - before[0]),
  };
};

/** An interval in which the true median lies. */
interface MedianInterval {
  readonly low: number;
  readonly high: number;
  /** The probability that the median lies in it, from 0 to 1. */
  readonly confidence: number;
}

/** The probability of at most `most` heads among so many tosses of a coin. */
const headsUpTo = (most: number, tosses: number): number => {
  let ways = 1;
  let sum = 1;
  for (let heads = 1; heads <= most; heads++) {
    ways = (ways * (tosses - heads + 1)) / heads;
    sum += ways;
  }
  return sum / 2 ** tosses;
};

/**
 * The narrowest interval between two of the values that has the wanted confidence. It assumes nothing about how the
 * values are distributed: the median is below the k-th value only if fewer than k coins of n show heads.
 * @returns the whole range with its lower confidence if there are too few values.
 */
export const medianInterval = (values: readonly number[], wanted: number): MedianInterval => {
  const sorted = [...values].sort((a, b) => a - b);
  const confidenceOf = (leftOut: number): number => 1 - 2 * headsUpTo(leftOut, sorted.length);
  let leftOut = 0;
  while (leftOut + 1 < sorted.length / 2 && confidenceOf(leftOut + 1) >= wanted) leftOut += 1;
  return {
    low: sorted[leftOut] ?? Number.NaN,
    high: sorted[sorted.length - 1 - leftOut] ?? Number.NaN,
    confidence: Math.max(0, confidenceOf(leftOut)),
  };
};

/** How far apart two values are, as a factor of at least 1. */
const apart = (one: number, other: number): number => Math.max(one / other, other / one);

/** The largest factor between a value and the next one. 1 if there are fewer than two. */
export const bandOf = (values: readonly number[]): number =>
  Math.max(1, ...values.slice(1).map((each, at) => apart(each, values[at] ?? each)));
