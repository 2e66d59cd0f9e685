import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { DAY, HOUR } from '../../lib/policy/time/duration.ts';
import { EXAMPLE_POLICY } from '../support/policy/example-policy.ts';
import { type Bench, clearIndices, cloneIndex } from './harness.ts';
import { fillLogIndex } from './log-index.ts';

// What other users of the cluster feel: a steady load of searches on another index, without a purge, and during a purge
// with and without the throttle.

const SOURCE = 'bench-source';
const INDEX = 'trtc-backend-log-bench';
const SEARCHED = 'bench-searched';
const CATEGORY = 'backend-logs';
const SEARCHES_A_SECOND = 50;

/** The searches of one window. */
export interface Felt {
  readonly way: string;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly seconds: number;
  readonly searches: number;
  /** Documents deleted in a second; undefined without a purge. */
  readonly rate?: number;
}

export const IDLE = 'no purge';
export const THROTTLED = 'es-retention';
const UNTHROTTLED = 'es-retention --no-throttle';
const NAIVE = 'one delete-by-query with default settings';

const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;

/** What was done in a window, and between which instants. */
interface Done {
  readonly deleted?: number;
  readonly from: number;
  readonly to: number;
}

/** Searches while the work lasts. Only those of the window count: not those while the command starts or plans. */
const felt = async ({ server }: Bench, way: string, work: () => Promise<Done>): Promise<Felt> => {
  const worker = new Worker(join(import.meta.dirname, 'search-load.ts'), {
    workerData: { url: server.url, index: SEARCHED, perSecond: SEARCHES_A_SECOND },
  });
  await once(worker, 'online');
  await sleep(1_000);
  const { deleted, from, to } = await work();
  const seconds = (to - from) / 1_000;
  const answer = once(worker, 'message');
  worker.postMessage('end');
  const [searches] = (await answer) as [(readonly [instant: number, milliseconds: number])[]];
  await worker.terminate();
  const times = searches.flatMap(([instant, time]) => (instant >= from && instant <= to ? [time] : []));
  const sorted = times.sort((a, b) => a - b);
  const found = { way, seconds, searches: sorted.length, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
  return { ...found, ...(deleted !== undefined && { rate: deleted / seconds }) };
};

/** How many documents each purge deletes, how long a window without a purge is, and how often all ways are measured. */
export interface NeighbourSizes {
  readonly documents: number;
  readonly seconds: number;
  readonly rounds: number;
}

/** Measures the ways in turn. */
export const neighbours = async (bench: Bench, { documents, seconds, rounds }: NeighbourSizes): Promise<Felt[]> => {
  const { client } = bench;
  bench.usePolicy(EXAMPLE_POLICY.replace('mode: observe', 'mode: enforce').replace('maxShare: 0.5', 'maxShare: 1'));
  await clearIndices(client, INDEX, SOURCE, SEARCHED);
  await bench.command('setup');
  // All documents of the first index are due but one, so that none is dropped.
  const now = Date.now();
  await fillLogIndex(client, SOURCE, documents + 1, now, (at) => (at === 0 ? HOUR : 20 * DAY + at));
  await client.indices.putSettings({ index: SOURCE, settings: { 'index.blocks.write': true } });
  await fillLogIndex(client, SEARCHED, 100_000, now, (at) => at * 1_000);
  const purge =
    (...more: readonly string[]) =>
    async () => {
      const { deletions } = await bench.command('purge', '--execute', '--yes', '--category', CATEGORY, ...more);
      const [from, to] = deletions ?? [Number.NaN, Number.NaN];
      return { deleted: documents, from, to };
    };
  const timed = async (each: () => Promise<unknown>): Promise<Done> => {
    const from = Date.now();
    await each();
    return { from, to: Date.now() };
  };
  const ways: Readonly<Record<string, () => Promise<Done>>> = {
    [IDLE]: () => timed(() => sleep(seconds * 1_000)),
    [THROTTLED]: purge(),
    [UNTHROTTLED]: purge('--no-throttle'),
    [NAIVE]: async () => {
      const query = { range: { '@timestamp': { lt: Date.now() - 14 * DAY } } };
      const done = await timed(() =>
        client.deleteByQuery({ index: INDEX, query, refresh: true }, { requestTimeout: 600_000 }),
      );
      return { ...done, deleted: documents };
    },
  };
  const found: Felt[] = [];
  for (let round = 0; round < rounds; round++)
    for (const [way, work] of Object.entries(ways)) {
      await cloneIndex(client, SOURCE, INDEX);
      await client.indices.forcemerge({ index: INDEX, max_num_segments: 1 }).catch(() => undefined);
      await sleep(2_000);
      const each = await felt(bench, way, work);
      const { count } = await client.count({ index: INDEX });
      if (way !== IDLE && count !== 1) throw new Error(`${way} left ${count - 1} documents`);
      found.push(each);
      console.log(
        `Neighbours, round ${round + 1}: ${way}, ${each.searches} searches, p50 ${each.p50.toFixed(1)} ms, p99 ${each.p99.toFixed(1)} ms, ${each.rate?.toFixed(0) ?? 'no'} documents/s`,
      );
    }
  await clearIndices(client, INDEX, SOURCE, SEARCHED);
  return found;
};
