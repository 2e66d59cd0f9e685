import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { DAY, HOUR } from '../../lib/policy/time/duration.ts';
import { EXAMPLE_POLICY } from '../support/policy/example-policy.ts';
import { type Bench, clearIndices, cloneIndex } from './harness.ts';
import { fillLogIndex } from './log-index.ts';
import type { Felt } from './page/found.ts';
import { quantile } from './page/statistics.ts';

// What other users of the cluster feel: a steady load of searches on one index, while documents of another are deleted.

const SOURCE = 'bench-source';
const SEARCHED = 'bench-searched';
const SEARCHED_DOCUMENTS = 100_000;
/** The index that is purged. */
export const PURGED = 'trtc-backend-log-bench';
export const PERIOD = 14 * DAY;
const AGE = 20 * DAY;
export const SEARCHES_A_SECOND = 50;

/** Between which instants the work of a window was done. */
export interface Done {
  readonly from: number;
  readonly to: number;
}

/** How a window is measured. */
export interface FeltBench {
  /**
   * Makes the purged index anew, and searches while the work lasts. Only searches between `from` and `to` count: not
   * those while a command starts or plans.
   */
  readonly felt: (way: string, work: () => Promise<Done>) => Promise<Felt>;
  /** The date of a due document: of the one with this number, from 1 on. A larger number is older. */
  readonly dateOf: (at: number) => number;
  readonly close: () => Promise<void>;
}

const policyWith = (lateness: string): string =>
  EXAMPLE_POLICY.replace('mode: observe', 'mode: enforce')
    .replace('maxShare: 0.5', 'maxShare: 1')
    .replace('allowedLateness: PT1H', `allowedLateness: ${lateness}`);

/** The policy under which the promise about the purged index is broken after so many seconds. */
export const policyBrokenAfter = (oldest: number, seconds: number): string =>
  policyWith(`PT${Math.round((Date.now() - oldest - PERIOD) / 1_000 + seconds)}S`);

/** The policy under which the promise is broken already, so that a purge tries to keep it again within 15 minutes. */
export const POLICY = policyWith('PT1H');

const windowOf = (way: string, searches: readonly (readonly [number, number])[], { from, to }: Done) => {
  const times = searches.flatMap(([instant, time]) => (instant >= from && instant <= to ? [time] : []));
  const seconds = (to - from) / 1_000;
  return { way, seconds, searches: times.length, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
};

/** Fills an index that others search, and one whose documents are all due but the first, so that it is not dropped. */
export const openFelt = async (bench: Bench, documents: number): Promise<FeltBench> => {
  const { client, server } = bench;
  bench.usePolicy(POLICY);
  await clearIndices(client, PURGED, SOURCE, SEARCHED);
  await bench.command('setup');
  const now = Date.now();
  await fillLogIndex(client, SOURCE, documents + 1, now, (at) => (at === 0 ? HOUR : AGE + at));
  await client.indices.forcemerge({ index: SOURCE, max_num_segments: 1 }, { requestTimeout: 600_000 });
  await client.indices.putSettings({ index: SOURCE, settings: { 'index.blocks.write': true } });
  await fillLogIndex(client, SEARCHED, SEARCHED_DOCUMENTS, now, (at) => at * 1_000);
  return {
    dateOf: (at) => now - AGE - at,
    felt: async (way, work) => {
      await cloneIndex(client, SOURCE, PURGED);
      const { count: before } = await client.count({ index: PURGED });
      const worker = new Worker(join(import.meta.dirname, 'search-load.ts'), {
        workerData: { url: server.url, index: SEARCHED, perSecond: SEARCHES_A_SECOND },
      });
      await once(worker, 'online');
      await sleep(3_000);
      const done = await work();
      const answer = once(worker, 'message');
      worker.postMessage('end');
      const [searches] = (await answer) as [(readonly [instant: number, milliseconds: number])[]];
      await worker.terminate();
      await client.indices.refresh({ index: PURGED });
      const { count: left } = await client.count({ index: PURGED });
      const found = windowOf(way, searches, done);
      const each = { ...found, ...(left < before && { rate: (before - left) / found.seconds }) };
      console.log(
        `${way}: ${each.seconds.toFixed(0)} s, p50 ${each.p50.toFixed(1)} ms, p99 ${each.p99.toFixed(1)} ms, ${each.rate?.toFixed(0) ?? 'no'} documents/s`,
      );
      return each;
    },
    close: () => clearIndices(client, PURGED, SOURCE, SEARCHED),
  };
};
