import { number } from '../../../lib/base/number-text.ts';
import type { Felt, FeltWindows } from './found.ts';
import { IDLE, THROTTLED } from './neighbours-section.ts';
import { bandOf, median, medianInterval } from './statistics.ts';

/** By which part the median may differ and still count as the same. */
const SAME_P50 = 0.05;
const CONFIDENCE = 0.9;

/** Whether windows with a purge are as good as windows without, by one measure. */
interface Equivalence {
  /** With a purge divided by without, for each pair of windows. */
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
  /** The ratios that count as the same. */
  readonly band: readonly [low: number, high: number];
  /** Whether the interval lies within the band: then the two are shown to be the same. */
  readonly isSame: boolean;
  /** Whether the interval lies outside of the band: then they are shown to differ. Neither: not enough windows. */
  readonly isDifferent: boolean;
}

/**
 * Compares each window with a purge with the window before it, which has none.
 * @param band the ratios that count as the same.
 */
const compare = (
  pairs: readonly (readonly [idle: number, busy: number])[],
  band: readonly [number, number],
): Equivalence => {
  const ratios = pairs.map(([idle, busy]) => busy / idle);
  const { low, high, confidence } = medianInterval(ratios, CONFIDENCE);
  return {
    median: median(ratios),
    low,
    high,
    confidence,
    band,
    isSame: low >= band[0] && high <= band[1] && confidence >= CONFIDENCE,
    isDifferent: (low > band[1] || high < band[0]) && confidence >= CONFIDENCE,
  };
};

/**
 * The equivalence of p50 and p99. For p50 the band is 5 %. For p99 it is the largest factor between a window without a
 * purge and the next one without.
 */
const equivalenceOf = (windows: readonly Felt[]): { readonly p50: Equivalence; readonly p99: Equivalence } => {
  const idle = windows.filter(({ way }) => way === IDLE);
  const busy = windows.filter(({ way }) => way !== IDLE);
  const pairs = (of: (each: Felt) => number) =>
    busy.flatMap((each, at) => {
      const before = idle[at];
      return before === undefined ? [] : [[of(before), of(each)] as const];
    });
  const width = bandOf(idle.map(({ p99 }) => p99));
  return {
    p50: compare(
      pairs(({ p50 }) => p50),
      [1 - SAME_P50, 1 + SAME_P50],
    ),
    p99: compare(
      pairs(({ p99 }) => p99),
      [1 / width, width],
    ),
  };
};

const resultOf = ({ isSame, isDifferent }: Equivalence): string =>
  isSame ? 'the same' : isDifferent ? '**different**' : '**not shown to be the same**';

const row = (name: string, { median: middle, low, high, confidence, band, ...result }: Equivalence): string =>
  `| ${name} | ${[
    middle.toFixed(3),
    `${low.toFixed(3)} to ${high.toFixed(3)} (${(confidence * 100).toFixed(1)} %)`,
    `${band[0].toFixed(3)} to ${band[1].toFixed(3)}`,
    resultOf({ median: middle, low, high, confidence, band, ...result }),
  ].join(' | ')} |`;

/** The equivalence test, and each of its windows. */
export const equivalenceLines = ({ windows, documents }: FeltWindows): readonly string[] => {
  const { p50, p99 } = equivalenceOf(windows);
  const purges = windows.filter(({ way }) => way === THROTTLED);
  const rates = purges.flatMap(({ rate }) => rate ?? []);
  const seconds = median(windows.map((each) => each.seconds));
  return [
    `${windows.length} windows of ${seconds.toFixed(0)} s, in turn without and with a purge (throttle on). Each purge begins anew with ${number(documents)} due`,
    'documents, and is interrupted at the end of its window. Its first requests, before the throttle has measured anything, are part of it.',
    `The purges deleted ${number(Math.round(median(rates)))} documents/s (${number(Math.round(Math.min(...rates)))} to ${number(Math.round(Math.max(...rates)))}).`,
    '',
    '| | with a purge ÷ without, median of the pairs | interval of this median | counts as the same | so they are |',
    '| --- | ---: | ---: | ---: | --- |',
    row('p50', p50),
    row('p99', p99),
    '',
    'What counts as the same p99 is the largest factor between a window without a purge and the next one without. The interval is made of',
    'two of the measured ratios, so it does not depend on how they are distributed.',
    '',
    '| window | way | searches | p50, ms | p99, ms | documents/s |',
    '| ---: | --- | ---: | ---: | ---: | ---: |',
    ...windows.map(
      (each, at) =>
        `| ${at + 1} | ${each.way} | ${number(each.searches)} | ${each.p50.toFixed(2)} | ${each.p99.toFixed(1)} | ${each.rate === undefined ? '–' : number(Math.round(each.rate))} |`,
    ),
  ];
};
