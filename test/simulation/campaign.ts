import { Coverage } from './coverage.ts';
import { historyOf, STEPS } from './generate.ts';
import { FAULTS } from './history.ts';
import type { Complaint } from './oracle.ts';
import { simulate } from './world.ts';

/** The results of many worlds. */
export interface Findings {
  readonly worlds: number;
  /** Runs from lease to report. */
  readonly runs: number;
  readonly failures: readonly { readonly seed: string; readonly complaint: Complaint }[];
  readonly coverage: readonly (readonly [name: string, times: number])[];
}

/** Enough failures to see the fault. */
const MAX_FAILURES = 5;

/**
 * Runs the worlds of these seeds, one after the other, while there is time.
 * @param most failures after which it ends.
 */
export const campaign = async (
  seeds: Iterable<string>,
  hasTime: () => boolean,
  most = MAX_FAILURES,
): Promise<Findings> => {
  const coverage = new Coverage();
  const failures: { readonly seed: string; readonly complaint: Complaint }[] = [];
  let [worlds, runs] = [0, 0];
  for (const seed of seeds) {
    if (!hasTime() || failures.length >= most) break;
    const course = await simulate(historyOf(seed));
    worlds += 1;
    runs += course.runs;
    coverage.add(course.coverage);
    const [complaint] = course.complaints;
    if (complaint !== undefined) failures.push({ seed, complaint });
    // Lets the process answer to its parent.
    if (worlds % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return { worlds, runs, failures, coverage: [...coverage.counts] };
};

/** The findings of several processes, as one. */
export const together = (all: readonly Findings[]): Findings => {
  const coverage = new Coverage();
  for (const each of all) coverage.add(each.coverage);
  const sum = (value: (each: Findings) => number): number => all.reduce((total, each) => total + value(each), 0);
  return {
    worlds: sum(({ worlds }) => worlds),
    runs: sum(({ runs }) => runs),
    failures: all.flatMap(({ failures }) => failures),
    coverage: [...coverage.counts],
  };
};

/** Seeds: `<first>-0`, `<first>-1`, … up to an end, or every n-th of them. */
export function* seedsFrom(
  first: string,
  { start = 0, step = 1, end = Number.POSITIVE_INFINITY } = {},
): Generator<string> {
  for (let number = start; number < end; number += step) yield `${first}-${number}`;
}

/** How often each incident must have happened in a long campaign. */
const REQUIRED: readonly (readonly [name: string, times: number])[] = [
  ...[...new Set([...STEPS.age, ...STEPS.erasure])].flatMap((step) =>
    FAULTS.map((fault): readonly [string, number] => [`${fault} ${step}`, 50]),
  ),
  ['crash between block and drop', 100],
  ['reinstatement during a run', 100],
  ['index restored after closure', 100],
  ['ledger restored after closure', 100],
  ['hold between plan and request', 100],
  ['pause across a deadline', 100],
  ['erased again', 100],
  ['reinstatement of what was reopened', 100],
  ['two runs at once', 100],
  ['refused by a block', 100],
  ['timed out', 100],
  ['Purge Unfinished', 100],
];

/** The incidents that have happened too rarely. @param share of the required times, for a shorter campaign. */
export const tooRare = (coverage: Findings['coverage'], share = 1): readonly string[] => {
  const counts = new Map(coverage);
  return REQUIRED.filter(([name, times]) => (counts.get(name) ?? 0) < times * share).map(
    ([name, times]) => `${name}: ${counts.get(name) ?? 0} of ${Math.ceil(times * share)}`,
  );
};
