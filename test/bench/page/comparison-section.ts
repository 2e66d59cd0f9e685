import { number } from '../../../lib/base/number-text.ts';
import type { Comparison, Measured } from './found.ts';
import { median } from './statistics.ts';
import { isOurs, secondsOf, type Wanted } from './wanted.ts';

export const secondsText = (value: number | undefined): string =>
  value === undefined ? '–' : value.toFixed(value < 1 ? 2 : 1);

const SPREAD: readonly (readonly [heading: string, of: (measured: Measured) => number | undefined])[] = [
  ['whole', ({ seconds }) => seconds],
  ['net', ({ net }) => net],
  ['net, no receipts', ({ netWithoutReceipts }) => netWithoutReceipts],
  ['processor, server', ({ serverProcessor }) => serverProcessor],
  ['processor, command', ({ commandProcessor }) => commandProcessor],
];

const cell = (rounds: readonly Measured[], of: (measured: Measured) => number | undefined): string => {
  const values = rounds.flatMap((each) => of(each) ?? []);
  if (values.length === 0) return '–';
  const range = values.length === 1 ? '' : ` (${secondsText(Math.min(...values))}–${secondsText(Math.max(...values))})`;
  return `${secondsText(median(values))}${range}`;
};

const most = (rounds: readonly Measured[]): string => {
  const all = rounds.flatMap(({ peakMegabytes }) => peakMegabytes ?? []);
  return all.length === 0 ? '–' : `${Math.max(...all)}`;
};

const wantedLine = (compared: Comparison, { than: way, times, text }: Wanted): string => {
  if (way === undefined || times === undefined) return `- Wanted: ${text}.`;
  const other = secondsOf(compared, way) ?? Number.NaN;
  const ours = compared.ways.map(({ name }) => name).filter(isOurs);
  const measured = ours.map((name) => {
    const reached = other / (secondsOf(compared, name) ?? Number.NaN);
    return `${reached.toFixed(1)} ×${reached >= times ? '' : ' (**not reached**)'} by ${name}`;
  });
  return `- Wanted, net: ${text}. Measured: ${measured.join(', ')}.`;
};

/** What ways leave that cannot delete single documents. */
const leftLines = ({ ways }: Comparison): readonly string[] =>
  ways.flatMap(({ name, rounds }) => {
    const left = Math.max(0, ...rounds.map((each) => each.left ?? 0));
    return left === 0 ? [] : [`- ${name} leaves ${number(left)} documents that are due.`];
  });

/** One table of ways, with what was wanted and what was noticed. */
export const comparisonLines = (compared: Comparison, wanted: readonly Wanted[]): readonly string[] => {
  const rows = compared.ways.map(
    ({ name, rounds }) => `| ${[name, ...SPREAD.map(([, of]) => cell(rounds, of)), most(rounds)].join(' | ')} |`,
  );
  const remarks = [
    ...wanted.map((each) => wantedLine(compared, each)),
    ...leftLines(compared),
    ...(compared.notes ?? []).map((note) => `- ${note}`),
  ];
  return [
    `| way | ${SPREAD.map(([heading]) => heading).join(' | ')} | most memory, MB |`,
    `| --- |${' ---: |'.repeat(SPREAD.length + 1)}`,
    ...rows,
    ...(remarks.length === 0 ? [] : ['', ...remarks]),
  ];
};
