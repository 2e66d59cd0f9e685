import { median } from './harness.ts';
import { type Felt, IDLE, type NeighbourSizes, THROTTLED } from './neighbours.ts';

/** The smallest, middle and largest value of a way's windows. */
const spreadOf = (found: readonly Felt[], way: string, of: (each: Felt) => number | undefined) => {
  const values = found.filter((each) => each.way === way).flatMap((each) => of(each) ?? []);
  return { least: Math.min(...values), middle: median(values), most: Math.max(...values), count: values.length };
};

const cell = ({ least, middle, most, count }: ReturnType<typeof spreadOf>, digits: number): string => {
  if (count === 0) return '–';
  const [low, mid, high] = [least, middle, most].map((value) => value.toFixed(digits));
  return count === 1 ? `${mid}` : `${mid} (${low}–${high})`;
};

const reached = (is: boolean): string => (is ? '' : ', **not reached**');

/** What searches of others took, as a part of the page. */
export const neighboursSection = ({ documents, seconds, rounds }: NeighbourSizes, found: readonly Felt[]): string => {
  const rows = [...new Set(found.map(({ way }) => way))].map(
    (way) =>
      `| ${way} | ${cell(
        spreadOf(found, way, ({ p50 }) => p50),
        1,
      )} | ${cell(
        spreadOf(found, way, ({ p99 }) => p99),
        1,
      )} | ${cell(
        spreadOf(found, way, ({ rate }) => rate),
        0,
      )} |`,
  );
  const p50 = (way: string) => spreadOf(found, way, (each) => each.p50).middle;
  const change = (p50(THROTTLED) / p50(IDLE) - 1) * 100;
  const idle = spreadOf(found, IDLE, ({ p99 }) => p99);
  const throttled = spreadOf(found, THROTTLED, ({ p99 }) => p99);
  const rate = spreadOf(found, THROTTLED, (each) => each.rate).middle;
  return [
    `## Neighbours: 50 searches a second while ${documents} documents of another index are deleted`,
    '',
    `Windows without a purge: ${rounds}, of ${seconds} s each. The other windows last from the first deletion to the last one.`,
    '',
    '| way | p50, ms | p99, ms | documents/s |',
    '| --- | ---: | ---: | ---: |',
    ...rows,
    '',
    `- Wanted, with the throttle: p50 within 5 % of the one without a purge. Measured: ${change > 0 ? '+' : ''}${change.toFixed(0)} %${reached(Math.abs(change) <= 5)}.`,
    `- Wanted, with the throttle: p99 not above those without a purge (at most ${idle.most.toFixed(1)} ms). Measured: ${throttled.middle.toFixed(1)} ms${reached(throttled.middle <= idle.most)}.`,
    `- Wanted, with the throttle: 5000 documents/s. Measured: ${rate.toFixed(0)}${reached(rate >= 5_000)}.`,
  ].join('\n');
};
