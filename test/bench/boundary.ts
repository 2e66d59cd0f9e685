import { messageOf } from '../../lib/base/errors.ts';
import { number } from '../../lib/base/number-text.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { EXAMPLE_POLICY } from '../support/policy/example-policy.ts';
import { CURATOR, installCurator } from './curator.ts';
import { type Bench, clearIndices, cloneIndex, inTurn } from './harness.ts';
import { agesAroundBoundary, fillLogIndex, INGESTION_NOTE, WITHOUT_INGESTION } from './log-index.ts';
import type { Comparison, Way } from './page/found.ts';

// One index over the boundary of a period: half of its documents are due, and are deleted one by one.

const SOURCE = 'bench-source';
const INDEX = 'trtc-backend-log-bench';
const CATEGORY = 'backend-logs';
const PERIOD = 14 * DAY;

const NO_INGESTION = `${SOURCE}-without`;

const seed = async ({ client }: Bench, count: number, now: number): Promise<void> => {
  await fillLogIndex(client, SOURCE, count, now, agesAroundBoundary(count, PERIOD));
  await fillLogIndex(client, NO_INGESTION, count, now, agesAroundBoundary(count, PERIOD), false);
  await client.indices.putSettings({ index: [SOURCE, NO_INGESTION], settings: { 'index.blocks.write': true } });
};

/** Curator on a copy of the index: it deletes whole indices only, and says so by what it leaves. */
const byCurator = async (bench: Bench, query: object): Promise<Way> => {
  const { client } = bench;
  const curator = await installCurator(bench);
  await cloneIndex(client, SOURCE, INDEX);
  const measured = await curator.deleteIndices(`^${INDEX}$`, PERIOD / DAY);
  const { count: left } = await client.count({ index: INDEX, query, ignore_unavailable: true });
  return { name: CURATOR, rounds: [{ ...measured, left }] };
};

/**
 * Compares the purge of one index, half of whose documents are due, with one delete-by-query.
 * @param withCurator whether Curator is installed and tried, once.
 */
export const boundary = async (
  bench: Bench,
  count: number,
  rounds: number,
  withCurator: boolean,
): Promise<Comparison> => {
  const { client } = bench;
  const now = Date.now();
  bench.usePolicy(EXAMPLE_POLICY.replace('mode: observe', 'mode: enforce').replace('maxShare: 0.5', 'maxShare: 1'));
  await clearIndices(client, INDEX, SOURCE, NO_INGESTION);
  await bench.command('setup');
  await seed(bench, count, now);
  const query = { range: { '@timestamp': { lt: now - PERIOD } } };
  const { count: due } = await client.count({ index: SOURCE, query });
  const byQuery = (more: object) => () =>
    bench.requests(() =>
      client.deleteByQuery({ index: INDEX, query, refresh: true, ...more }, { requestTimeout: 600_000 }),
    );
  const ours =
    (...more: readonly string[]) =>
    () =>
      bench.command('purge', '--execute', '--yes', '--category', CATEGORY, ...more);
  const compared = await inTurn(
    `Boundary: ${number(due)} of ${number(count)} documents of one index`,
    rounds,
    {
      'es-retention': ours(),
      'es-retention --no-throttle': ours('--no-throttle'),
      [`es-retention --no-throttle${WITHOUT_INGESTION}`]: ours('--no-throttle'),
      'delete-by-query with default settings': byQuery({}),
      'delete-by-query with scroll_size 10,000': byQuery({ scroll_size: 10_000 }),
    },
    (way) => cloneIndex(client, way.endsWith(WITHOUT_INGESTION) ? NO_INGESTION : SOURCE, INDEX),
    async (way) => {
      await client.indices.refresh({ index: INDEX });
      const { count: left } = await client.count({ index: INDEX });
      if (left !== count - due) throw new Error(`${way} left ${left} documents, expected ${count - due}`);
    },
  );
  const failed = (error: unknown): string => `Curator was not measured: ${messageOf(error)}.`;
  const more: Way | string | undefined = withCurator ? await byCurator(bench, query).catch(failed) : undefined;
  await clearIndices(client, INDEX, SOURCE, NO_INGESTION);
  const notes = [INGESTION_NOTE];
  if (more === undefined) return { ...compared, due, notes };
  if (typeof more === 'string') return { ...compared, due, notes: [...notes, more] };
  return { ...compared, due, notes, ways: [...compared.ways, more] };
};
