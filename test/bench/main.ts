import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accounts } from './accounts.ts';
import { archive } from './archive.ts';
import { backlog } from './backlog.ts';
import { boundary } from './boundary.ts';
import { equivalence } from './equivalence.ts';
import { growth } from './growth.ts';
import { type Bench, load, machine, openBench } from './harness.ts';
import { neighbours } from './neighbours.ts';
import { optionsOf } from './options.ts';
import { type Circumstances, type Found, type PartName, readFound, writeFound } from './page/found.ts';
import { pageOf } from './page/page.ts';
import { plan } from './plan.ts';

// Measures all parts, or those that --only names, and writes docs/benchmarks.md, its plots and its numbers: node
// test/bench/main.ts [--quick] [--only NAME,…] [--page] [--into FOLDER] [--heap SIZE]

const { isQuick, isPageOnly, parts, folder, heap: givenHeap } = optionsOf(process.argv.slice(2));

const size = <T>(quick: T, full: T): T => (isQuick ? quick : full);
const ROUNDS = size(1, 2);

interface Part {
  readonly name: PartName;
  /** The heap that the server needs. */
  readonly heap: string;
  readonly measure: (bench: Bench) => Promise<unknown>;
}

const part = <Name extends PartName>(
  name: Name,
  measure: (bench: Bench) => Promise<NonNullable<Found[Name]>['found']>,
  heap = '1g',
): Part => ({ name, heap: givenHeap ?? heap, measure });

const PARTS: readonly Part[] = [
  part('backlog', async (bench) => [
    await backlog(bench, size({ days: 16, each: 500 }, { days: 28, each: 5_000 }), ROUNDS, !isQuick),
  ]),
  part('boundary', async (bench) => [await boundary(bench, size(60_000, 600_000), ROUNDS, !isQuick)]),
  part('accounts', async (bench) => [
    await accounts(
      bench,
      size({ accounts: 1_000, each: 10, others: 30_000 }, { accounts: 10_000, each: 10, others: 300_000 }),
      ROUNDS,
      isQuick,
    ),
  ]),
  part('archive', async (bench) => [await archive(bench, size(2_000, 100_000), 1)]),
  part('plan', async (bench) => {
    const compared = [];
    for (const indices of size([10, 100], [10, 100, 1_000])) compared.push(await plan(bench, indices, ROUNDS));
    return compared;
  }),
  part('neighbours', (bench) =>
    neighbours(
      bench,
      size(
        { documents: 30_000, seconds: 5, rounds: 1, rates: [], brokenAfter: [] },
        { documents: 300_000, seconds: 20, rounds: 2, rates: [2_500, 5_000, 10_000], brokenAfter: [25] },
      ),
    ),
  ),
  part('equivalence', (bench) =>
    equivalence(
      bench,
      size({ pairs: 3, seconds: 5, documents: 100_000 }, { pairs: 10, seconds: 60, documents: 1_000_000 }),
    ),
  ),
  // Each shard needs memory.
  part('growth', (bench) => growth(bench, isQuick), size('1g', '4g')),
];

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();

const measured = async (bench: Bench, { name, heap, measure }: Part, found: Found): Promise<Found> => {
  const [at, begin, before] = [new Date().toISOString(), performance.now(), load()];
  const result = await measure(bench);
  const circumstances: Circumstances = {
    isQuick,
    at,
    minutes: Math.ceil((performance.now() - begin) / 60_000),
    commit,
    machine: machine(),
    load: [before, load()],
    elasticsearch: bench.server.version,
    node: process.versions.node,
    heap: bench.server.embedded ? heap : 'unknown',
  };
  return { ...found, [name]: { circumstances, found: result } };
};

const write = (found: Found, into: string): void => {
  const { text, plots } = pageOf(found);
  mkdirSync(join(into, 'images'), { recursive: true });
  writeFound(into, found);
  writeFileSync(join(into, 'benchmarks.md'), text);
  for (const { file, svg } of plots) writeFileSync(join(into, 'images', file), svg);
};

/** Measures part by part. Each is written at once, so that nothing is lost if a later one fails. */
const measureAll = async (chosen: readonly Part[]): Promise<Found> => {
  let found: Found = folder === undefined ? {} : readFound(folder);
  let open: { readonly heap: string; readonly bench: Bench } | undefined;
  try {
    for (const each of chosen) {
      if (open?.heap !== each.heap) {
        await open?.bench.close();
        open = undefined;
        open = { heap: each.heap, bench: await openBench(each.heap) };
      }
      found = await measured(open.bench, each, found);
      if (folder !== undefined) write(found, folder);
    }
  } finally {
    await open?.bench.close();
  }
  return found;
};

if (isPageOnly) write(readFound(folder ?? 'docs'), folder ?? 'docs');
else {
  const found = await measureAll(PARTS.filter(({ name }) => parts.includes(name)));
  if (folder === undefined) console.log(pageOf(found).text);
}
