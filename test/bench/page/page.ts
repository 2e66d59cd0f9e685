import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { number } from '../../../lib/base/number-text.ts';
import { comparisonLines } from './comparison-section.ts';
import { costLines } from './cost-section.ts';
import { equivalenceLines } from './equivalence-section.ts';
import type { Circumstances, Found, PartName } from './found.ts';
import { growthLines } from './growth-section.ts';
import { neighbourLines } from './neighbours-section.ts';
import { growthPlot, neighbourPlots, type Plot, ratioPlot } from './plots.ts';
import { WANTED } from './wanted.ts';

/** The page and its plots. */
interface Page {
  readonly text: string;
  readonly plots: readonly Plot[];
}

interface Section {
  readonly lines: readonly string[];
  readonly plots: readonly Plot[];
}

const minutesText = (minutes: number): string => (minutes === 1 ? '1 minute' : `${minutes} minutes`);

/** When and of what a part was measured. The machine stands here only if not all parts have the same. */
const circumstancesLine = (
  { isQuick, at, minutes, commit, machine, load, elasticsearch, heap, node }: Circumstances,
  isSameMachine: boolean,
): string =>
  [
    `Measured ${at.slice(0, 10)} at ${at.slice(11, 16)} UTC in ${minutesText(minutes)}, ${isQuick ? '**small sizes**' : 'full sizes'}, commit ${commit},`,
    `Elasticsearch ${elasticsearch} (heap ${heap}), Node ${node}${isSameMachine ? '' : `, ${machine}`}, load ${load[0].toFixed(1)} at the beginning and ${load[1].toFixed(1)} at the end.`,
  ].join('\n');

const imageLines = (plots: readonly Plot[]): readonly string[] =>
  plots.flatMap(({ title, file }) => [`![${title}](images/${file})`, '']);

const COMPARISONS = ['backlog', 'boundary', 'accounts', 'archive', 'plan'] as const;

const comparisonSections = (found: Found, circumstances: (part: PartName) => string): readonly Section[] =>
  COMPARISONS.flatMap((name) =>
    (found[name]?.found ?? []).map((compared) => ({
      plots: [],
      lines: [`## ${compared.title}`, '', circumstances(name), '', ...comparisonLines(compared, WANTED[name])],
    })),
  );

const neighbourSections = ({ neighbours }: Found, circumstances: (part: PartName) => string): readonly Section[] => {
  if (neighbours === undefined) return [];
  const { found } = neighbours;
  const plots = neighbourPlots(found);
  const lines = [
    `## Neighbours: ${found.searchesPerSecond} searches a second while documents of another index are deleted`,
    '',
    circumstances('neighbours'),
    '',
    `The index has ${number(found.documents)} documents that are due. A window begins with the first deletion, and ends with the last one. A purge is interrupted`,
    'when its time is over. The last column has the measured rate, which may be below a rate that was given.',
    '',
    ...neighbourLines(found),
    '',
    ...imageLines(plots),
  ];
  return [{ lines, plots }];
};

const equivalenceSections = ({ equivalence }: Found, circumstances: (part: PartName) => string): readonly Section[] => {
  if (equivalence === undefined) return [];
  const lines = [
    '## Do others notice a purge?',
    '',
    circumstances('equivalence'),
    '',
    ...equivalenceLines(equivalence.found),
  ];
  return [{ lines, plots: [] }];
};

const growthSections = ({ growth }: Found, circumstances: (part: PartName) => string): readonly Section[] =>
  (growth?.found ?? []).map((curve) => {
    const plots = [growthPlot(curve)];
    const heading = [`## Growth with ${curve.of}`, '', circumstances('growth'), ''];
    return { plots, lines: [...heading, ...growthLines(curve), '', ...imageLines(plots)] };
  });

const HOW = [
  '# Benchmarks',
  '',
  '`npm run bench` measures all parts (about an hour). It writes this page, its plots, and all numbers into [benchmarks.json](benchmarks.json).',
  '`npm run bench -- --only NAME,…` measures some parts again: `backlog`, `boundary`, `accounts`, `archive`, `plan`, `neighbours`, `growth`, or',
  '`equivalence`, which `npm run bench` leaves out (it takes 25 minutes). `npm run bench:page` writes page and plots again without measuring.',
  '`npm run bench:quick` measures smaller sizes of all parts but `growth` in less than three minutes, and only shows them.',
  '',
] as const;

const NOTES = [
  '- Each part says when it was measured. A load of more than 1 at the beginning means that others were at work: then only the ratios tell something.',
  '- Seconds: median of the rounds, and their spread. The ways take turns, so that each meets the same machine. *Net* is from the first',
  '  request, *whole* with the start of the process. Without a number for *net*, the requests are those of a process that runs already.',
  '- es-retention plans, asks the guard, compares each account with `_source`, asks the ledger before each request, counts again, and',
  '  writes a report and receipts. The other ways only delete.',
  '- The server is one node, and runs with the quick compiler of Java only (`-XX:TieredStopAtLevel=1`), for all ways alike.',
] as const;

const QUICK = [
  '- With small sizes, the fixed costs decide: plan, second count, report. What is wanted is meant for the full sizes. Only the part about',
  '  neighbours does not depend on this.',
] as const;

/** Written by hand. */
const LIMITS = readFileSync(join(import.meta.dirname, 'limits.md'), 'utf8');

/** The page, made from what was measured, the memory of a function, and what a person has written about the limits. */
export const pageOf = (found: Found): Page => {
  const all = Object.values(found).map(({ circumstances }) => circumstances);
  const machines = new Set(all.map(({ machine }) => machine));
  const circumstances = (part: PartName): string => {
    const measured = found[part]?.circumstances;
    return measured === undefined ? '' : circumstancesLine(measured, machines.size === 1);
  };
  const ratios = ratioPlot(found);
  const sections: readonly Section[] = [
    ...comparisonSections(found, circumstances),
    ...neighbourSections(found, circumstances),
    ...equivalenceSections(found, circumstances),
    ...growthSections(found, circumstances),
  ];
  const text = [
    ...HOW,
    ...(machines.size === 1 ? [`- Machine: ${[...machines][0]}.`] : []),
    ...NOTES,
    ...(all.some(({ isQuick }) => isQuick) ? QUICK : []),
    '',
    ...imageLines(ratios),
    ...sections.flatMap(({ lines }) => [...lines, '']),
    '## What a million expired documents cost in Lambda',
    '',
    ...costLines(found),
    '',
    ...LIMITS.split('\n'),
  ].join('\n');
  return {
    text: text.replaceAll(/\n{3,}/g, '\n\n'),
    plots: [...ratios, ...sections.flatMap(({ plots }) => plots)],
  };
};
