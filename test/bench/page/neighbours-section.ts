import { number } from '../../../lib/base/number-text.ts';
import type { Felt, FeltWindows } from './found.ts';
import { median } from './statistics.ts';

export const IDLE = 'no purge';
export const THROTTLED = 'es-retention';

/** The smallest, middle and largest value of a way's windows. */
const spreadOf = (found: readonly Felt[], way: string, of: (each: Felt) => number | undefined) => {
  const values = found.filter((each) => each.way === way).flatMap((each) => of(each) ?? []);
  return { least: Math.min(...values), middle: median(values), most: Math.max(...values), count: values.length };
};

const cell = ({ least, middle, most, count }: ReturnType<typeof spreadOf>, digits: number): string => {
  if (count === 0) return '–';
  const [low, mid, high] = [least, middle, most].map((value) =>
    digits === 0 ? number(Math.round(value)) : value.toFixed(digits),
  );
  return count === 1 ? `${mid}` : `${mid} (${low}–${high})`;
};

const reached = (is: boolean): string => (is ? '' : ', **not reached**');

const FEWEST = 5_000;

/** What searches of others took: a table of ways, and what was wanted. */
export const neighbourLines = ({ windows }: FeltWindows): readonly string[] => {
  const spread = (way: string, of: (each: Felt) => number | undefined) => spreadOf(windows, way, of);
  const rows = [...new Set(windows.map(({ way }) => way))].map((way) => {
    const cells = [
      cell(
        spread(way, ({ p50 }) => p50),
        1,
      ),
      cell(
        spread(way, ({ p99 }) => p99),
        1,
      ),
      cell(
        spread(way, ({ rate }) => rate),
        0,
      ),
    ];
    return `| ${way} | ${cells.join(' | ')} |`;
  });
  const p50 = (way: string): number => spread(way, (each) => each.p50).middle;
  const change = (p50(THROTTLED) / p50(IDLE) - 1) * 100;
  const idle = spread(IDLE, ({ p99 }) => p99);
  const throttled = spread(THROTTLED, ({ p99 }) => p99);
  const rate = spread(THROTTLED, (each) => each.rate).middle;
  return [
    '| way | p50, ms | p99, ms | documents/s |',
    '| --- | ---: | ---: | ---: |',
    ...rows,
    '',
    `- Wanted, with the throttle: p50 within 5 % of the one without a purge. Measured: ${change > 0 ? '+' : ''}${change.toFixed(0)} %${reached(Math.abs(change) <= 5)}.`,
    `- Wanted, with the throttle: p99 not above those without a purge (at most ${idle.most.toFixed(1)} ms). Measured: ${throttled.middle.toFixed(1)} ms${reached(throttled.middle <= idle.most)}.`,
    `- Wanted, with the throttle: ${number(FEWEST)} documents/s. Measured: ${number(Math.round(rate))}${reached(rate >= FEWEST)}.`,
  ];
};
