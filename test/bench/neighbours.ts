import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Done,
  type FeltBench,
  openFelt,
  PERIOD,
  POLICY,
  PURGED,
  policyBrokenAfter,
  SEARCHES_A_SECOND,
} from './felt.ts';
import type { Bench } from './harness.ts';
import type { Felt, FeltWindows } from './page/found.ts';
import { IDLE, THROTTLED } from './page/neighbours-section.ts';

// Searches of others beside purges with and without the throttle, and beside deletions at given rates.

const CATEGORY = 'backend-logs';
/** As the throttle has it. */
const BATCH = 2_000;
const POLL = 200;

/** How many documents the index has, how long a window is at most, and how often all ways are measured. */
export interface NeighbourSizes {
  readonly documents: number;
  readonly seconds: number;
  readonly rounds: number;
  /** The documents a second of deletions at given rates. */
  readonly rates: readonly number[];
  /** Seconds after which a promise is broken, so that the throttle must not rest too long. */
  readonly brokenAfter: readonly number[];
}

const timed = async (work: () => Promise<unknown>): Promise<Done> => {
  const from = Date.now();
  await work();
  return { from, to: Date.now() };
};

export const idle = (seconds: number) => (): Promise<Done> => timed(() => sleep(seconds * 1_000));

/** A purge that is interrupted after its window. */
export const purge =
  (bench: Bench, seconds: number, ...more: readonly string[]) =>
  async (): Promise<Done> => {
    const running = bench.start('purge', '--execute', '--yes', '--category', CATEGORY, ...more);
    const ended = running.ended.then(() => true);
    const deletes = async (): Promise<boolean> => {
      const { indices } = await bench.client.indices.stats({ index: PURGED, metric: 'indexing' });
      return (indices?.[PURGED]?.primaries?.indexing?.delete_total ?? 0) > 0;
    };
    while (!(await Promise.race([ended, deletes()]))) await sleep(POLL);
    await Promise.race([ended, sleep(seconds * 1_000)]);
    running.interrupt();
    const { deletions } = await running.ended;
    if (deletions === undefined) throw new Error('the purge deleted nothing');
    const [from, to] = deletions;
    return { from, to };
  };

/** One request for some documents at a time, each at its time or as soon as the one before was answered. */
const atFixedPace =
  ({ client }: Bench, { dateOf }: FeltBench, { documents, seconds }: NeighbourSizes, rate: number) =>
  (): Promise<Done> =>
    timed(async () => {
      const begin = performance.now();
      for (let at = 0; at < Math.min(documents, rate * seconds); at += BATCH) {
        await sleep(Math.max(0, begin + (at / rate) * 1_000 - performance.now()));
        if (performance.now() - begin > seconds * 1_000) return;
        const query = { range: { '@timestamp': { gt: dateOf(at + BATCH), lte: dateOf(at) } } };
        await client.deleteByQuery({ index: PURGED, query, max_docs: BATCH, scroll_size: BATCH });
      }
    });

const byQuery =
  ({ client }: Bench, { documents, seconds }: NeighbourSizes, rate?: number) =>
  (): Promise<Done> => {
    const query = { range: { '@timestamp': { lt: Date.now() - PERIOD } } };
    const paced = rate !== undefined && {
      requests_per_second: rate,
      max_docs: Math.min(documents, rate * seconds),
    };
    return timed(() => client.deleteByQuery({ index: PURGED, query, ...paced }, { requestTimeout: 600_000 }));
  };

/** Measures the ways in turn. */
export const neighbours = async (bench: Bench, sizes: NeighbourSizes): Promise<FeltWindows> => {
  const { documents, seconds, rounds, rates, brokenAfter } = sizes;
  const felt = await openFelt(bench, documents);
  const ways: Readonly<Record<string, () => Promise<Done>>> = {
    [IDLE]: idle(seconds),
    [THROTTLED]: purge(bench, seconds),
    ...Object.fromEntries(
      brokenAfter.map((after) => [
        `${THROTTLED}, promise broken after ${after} s`,
        () => {
          bench.usePolicy(policyBrokenAfter(felt.dateOf(documents), after));
          return purge(bench, seconds)();
        },
      ]),
    ),
    [`${THROTTLED} --no-throttle`]: purge(bench, seconds, '--no-throttle'),
    'one delete-by-query with default settings': byQuery(bench, sizes),
    ...Object.fromEntries(
      rates.flatMap((rate) => [
        [`delete-by-query with requests_per_second, ${rate}`, byQuery(bench, sizes, rate)],
        [`requests of 2000 documents at a fixed pace, ${rate} documents/s`, atFixedPace(bench, felt, sizes, rate)],
      ]),
    ),
  };
  const windows: Felt[] = [];
  for (let round = 0; round < rounds; round++)
    for (const [way, work] of Object.entries(ways)) {
      bench.usePolicy(POLICY);
      windows.push(await felt.felt(way, work));
    }
  await felt.close();
  return { documents, searchesPerSecond: SEARCHES_A_SECOND, windows };
};
