import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { number } from '../../../lib/base/number-text.ts';
import { type Comparison, type Found, type Measured, netOf } from './found.ts';
import { THROTTLED } from './neighbours-section.ts';
import { median } from './statistics.ts';
import { OURS } from './wanted.ts';

/** Of Lambda with arm64 in eu-west-1, in dollars for one gigabyte during one second. */
export const PRICE = {
  dollars: 0.0000133334,
  source: 'https://aws.amazon.com/lambda/pricing/',
  read: '2026-11-29',
} as const;

const MILLION = 1_000_000;

/** The memory of a purge function in megabytes, as it is deployed. */
const functionMemory = (): number => {
  const { provider } = parse(readFileSync('serverless.yml', 'utf8'), { logLevel: 'error' }) as {
    provider: { memorySize: number };
  };
  return provider.memorySize;
};

interface Cost {
  readonly path: string;
  /** Documents a second. */
  readonly rate: number;
  /** For a million documents. */
  readonly seconds: number;
  readonly dollars: number;
}

/** The cost of a million documents at a rate. Seconds × gigabytes × price. */
export const costOf = (path: string, rate: number, megabytes: number): Cost => {
  const seconds = MILLION / rate;
  return { path, rate, seconds, dollars: seconds * (megabytes / 1_024) * PRICE.dollars };
};

/** Documents a second of one way; undefined if it was not measured. */
const rateOf = (
  compared: Comparison | undefined,
  way: string,
  secondsOf: (measured: Measured) => number | undefined,
) => {
  const rounds = compared?.ways.find(({ name }) => name === way)?.rounds;
  if (compared?.due === undefined || rounds === undefined) return undefined;
  return compared.due / median(rounds.flatMap((each) => secondsOf(each) ?? []));
};

/** The cost of each path that was measured. */
const costs = (found: Found, megabytes = functionMemory()): readonly Cost[] => {
  const [backlog] = found.backlog?.found ?? [];
  const [boundary] = found.boundary?.found ?? [];
  const [accounts] = found.accounts?.found ?? [];
  const beside =
    found.neighbours?.found.windows.flatMap(({ way, rate }) => (way === THROTTLED ? (rate ?? []) : [])) ?? [];
  const rates: readonly (readonly [path: string, rate: number | undefined])[] = [
    ['whole indices are dropped (backlog)', rateOf(backlog, OURS, netOf)],
    ['deleted in the index (boundary), without the throttle', rateOf(boundary, `${OURS} --no-throttle`, netOf)],
    ['deleted in the index (boundary), with the throttle', rateOf(boundary, OURS, netOf)],
    [
      'deleted in the index, with the throttle, beside searches of others (neighbours)',
      beside.length === 0 ? undefined : median(beside),
    ],
    ['accounts, with receipts', rateOf(accounts, OURS, netOf)],
    [
      'accounts, until the report (without receipts)',
      rateOf(accounts, OURS, ({ netWithoutReceipts }) => netWithoutReceipts),
    ],
  ];
  return rates.flatMap(([path, rate]) => (rate === undefined ? [] : [costOf(path, rate, megabytes)]));
};

/** The table of costs, with how they were computed. */
export const costLines = (found: Found, megabytes = functionMemory()): readonly string[] => [
  `Computed from the rates above: a million ÷ rate = seconds; seconds × memory (${number(megabytes)} MB, \`memorySize\` in serverless.yml) × $${PRICE.dollars.toFixed(10)} for a`,
  `GB second of Lambda (arm64, eu-west-1; [AWS](${PRICE.source}), read ${PRICE.read}). The start of a function (about a second) and the price of a call`,
  '($0.0000002) are left out. So is the cluster, whose time costs more. A function has less than one processor at this memory. What the command',
  'needs of a processor stands in the tables above.',
  '',
  '| path | documents/s | seconds | cost |',
  '| --- | ---: | ---: | ---: |',
  ...costs(found, megabytes).map(
    ({ path, rate, seconds, dollars }) =>
      `| ${path} | ${number(Math.round(rate))} | ${seconds < 10 ? seconds.toFixed(1) : number(Math.round(seconds))} | $${dollars.toPrecision(2)} |`,
  ),
];
