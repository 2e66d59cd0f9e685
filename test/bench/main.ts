import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { accounts } from './accounts.ts';
import { archive } from './archive.ts';
import { backlog } from './backlog.ts';
import { boundary } from './boundary.ts';
import { growth } from './growth.ts';
import { type Bench, type Comparison, type Measured, machine, median, openBench } from './harness.ts';
import { neighbours } from './neighbours.ts';
import { neighboursSection } from './neighbours-section.ts';

// All comparisons in one run, which writes docs/benchmarks.md: node test/bench/main.ts [--quick] [--only NAME,…]
const isQuick = process.argv.includes('--quick');
const only = process.argv[process.argv.indexOf('--only') + 1]?.split(',');
const isChosen = (name: string): boolean => !process.argv.includes('--only') || only?.includes(name) === true;

const OURS = 'es-retention';

/** What we want of a comparison: so many times the speed of another way, or so many events or seconds. */
interface Wanted {
  readonly than?: string;
  readonly times?: number;
  readonly text: string;
}

interface Part {
  readonly name: string;
  readonly measure: (bench: Bench) => Promise<Comparison>;
  readonly wanted: readonly Wanted[];
}

const size = <T>(quick: T, full: T): T => (isQuick ? quick : full);
const ROUNDS = size(1, 3);

const than = (way: string, times: number): Wanted => ({ than: way, times, text: `${times} × the speed of: ${way}` });

const PARTS: readonly Part[] = [
  {
    name: 'backlog',
    measure: (bench) => backlog(bench, size({ days: 20, each: 500 }, { days: 28, each: 5_000 }), ROUNDS),
    wanted: [than('one delete-by-query for each category', 5)],
  },
  {
    name: 'boundary',
    measure: (bench) => boundary(bench, size(60_000, 600_000), ROUNDS),
    wanted: [than('delete-by-query with default settings', 1.5), than('delete-by-query with scroll_size 10,000', 1)],
  },
  {
    name: 'accounts',
    measure: (bench) =>
      accounts(
        bench,
        size({ accounts: 1_000, each: 10, others: 30_000 }, { accounts: 10_000, each: 10, others: 300_000 }),
        ROUNDS,
        isQuick,
      ),
    wanted: [than('eight requests at once, one for each account', 4)],
  },
  {
    name: 'archive',
    measure: (bench) => archive(bench, size(2_000, 100_000), 1),
    wanted: [{ text: '100,000 copies opened in 20 s, and 1,000 events a second replayed' }],
  },
  ...size([10, 100], [10, 100, 1_000]).map((indices) => ({
    name: 'plan',
    measure: (bench: Bench) => growth(bench, indices, ROUNDS),
    wanted: [],
  })),
];

const seconds = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(value < 1 ? 2 : 1));

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
  const range = values.length === 1 ? '' : ` (${seconds(Math.min(...values))}–${seconds(Math.max(...values))})`;
  return `${seconds(median(values))}${range}`;
};

const most = (rounds: readonly Measured[]): string => {
  const all = rounds.flatMap(({ peakMegabytes }) => peakMegabytes ?? []);
  return all.length === 0 ? '–' : `${Math.max(...all)}`;
};

/** Net of the start of Node, where a process was started. */
const speedOf = ({ ways }: Comparison, name: string): number =>
  median(ways.find((way) => way.name === name)?.rounds.map(({ net, seconds: whole }) => net ?? whole) ?? []);

const wantedLine = (compared: Comparison, { than: way, times, text }: Wanted): string => {
  if (way === undefined || times === undefined) return `- Wanted: ${text}.`;
  const ours = compared.ways.map(({ name }) => name).filter((name) => name.startsWith(OURS));
  const measured = ours.map((name) => {
    const reached = speedOf(compared, way) / speedOf(compared, name);
    return `${reached.toFixed(1)} ×${reached >= times ? '' : ' (**not reached**)'} by ${name}`;
  });
  return `- Wanted, net: ${text}. Measured: ${measured.join(', ')}.`;
};

const section = ({ wanted }: Part, compared: Comparison): string => {
  const rows = compared.ways.map(
    ({ name, rounds }) => `| ${[name, ...SPREAD.map(([, of]) => cell(rounds, of)), most(rounds)].join(' | ')} |`,
  );
  return [
    `## ${compared.title}`,
    '',
    `| way | ${SPREAD.map(([heading]) => heading).join(' | ')} | most memory, MB |`,
    `| --- |${' ---: |'.repeat(SPREAD.length + 1)}`,
    ...rows,
    ...(wanted.length === 0 ? [] : ['', ...wanted.map((each) => wantedLine(compared, each))]),
  ].join('\n');
};

const commit = (): string => execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();

const page = (sections: readonly string[], version: string, before: string, minutes: number): string =>
  [
    '# Benchmarks',
    '',
    `\`npm run bench\` writes this page, \`npm run bench:quick\` measures smaller sizes and shows them. This run: ${isQuick ? 'quick' : 'full'},`,
    `${minutes} minutes, commit ${commit()}, Elasticsearch ${version}, one node, Node ${process.versions.node}.`,
    '',
    `- Machine: ${before} at the begin, ${machine()} at the end.`,
    '  A load of more than 1 at the begin means that others were at work: then only the ratios tell something.',
    '- Seconds: median of the rounds, and their spread. The ways take turns, so that each meets the same machine. *Net* is from the first',
    '  request, *whole* with the start of Node. The other ways are requests of a process that runs already.',
    ...(isQuick
      ? [
          '- With sizes as small as these, the fixed costs decide: plan, second count, report. What is wanted is meant for the sizes of the full',
          '  run. Only the last part, about neighbours, does not depend on this.',
        ]
      : []),
    '- es-retention plans, asks the guard, compares each account with `_source`, asks the ledger before each request, counts again, and',
    '  writes a report and receipts. The other ways only delete.',
    '',
    sections.join('\n\n'),
    '',
  ].join('\n');

const begin = performance.now();
const before = machine();
const bench = await openBench();
try {
  const sections: string[] = [];
  for (const part of PARTS.filter(({ name }) => isChosen(name)))
    sections.push(section(part, await part.measure(bench)));
  if (isChosen('neighbours')) {
    const sizes = size({ documents: 60_000, seconds: 10, rounds: 1 }, { documents: 300_000, seconds: 30, rounds: 3 });
    sections.push(neighboursSection(sizes, await neighbours(bench, sizes)));
  }
  const text = page(sections, bench.server.version, before, Math.ceil((performance.now() - begin) / 60_000));
  if (isQuick || process.argv.includes('--only')) console.log(text);
  else writeFileSync('docs/benchmarks.md', text);
} finally {
  await bench.close();
}
