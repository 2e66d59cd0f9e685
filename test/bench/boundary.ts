import { DAY, HOUR } from '../../lib/policy/time/duration.ts';
import { EXAMPLE_POLICY } from '../support/policy/example-policy.ts';
import { type Bench, type Comparison, clearIndices, cloneIndex, inTurn } from './harness.ts';
import { fillLogIndex } from './log-index.ts';

// One index over the boundary of a period: half of its documents are due, and are deleted one by one.

const SOURCE = 'bench-source';
const INDEX = 'trtc-backend-log-bench';
const CATEGORY = 'backend-logs';
const PERIOD = 14 * DAY;

const seed = async ({ client }: Bench, count: number, now: number): Promise<void> => {
  // Spread evenly over twice the period, a little away from the boundary.
  const step = (2 * PERIOD - 2 * HOUR) / count;
  await fillLogIndex(client, SOURCE, count, now, (at) => at * step + (at * step > PERIOD - HOUR ? 2 * HOUR : 0));
  await client.indices.putSettings({ index: SOURCE, settings: { 'index.blocks.write': true } });
};

/** Compares the purge of one index, half of whose documents are due, with one delete-by-query. */
export const boundary = async (bench: Bench, count: number, rounds: number): Promise<Comparison> => {
  const { client } = bench;
  const now = Date.now();
  bench.usePolicy(EXAMPLE_POLICY.replace('mode: observe', 'mode: enforce').replace('maxShare: 0.5', 'maxShare: 1'));
  await clearIndices(client, INDEX, SOURCE);
  await bench.command('setup');
  await seed(bench, count, now);
  const query = { range: { '@timestamp': { lt: now - PERIOD } } };
  const { count: due } = await client.count({ index: SOURCE, query });
  const byQuery = (more: object) => () =>
    bench.requests(() =>
      client.deleteByQuery({ index: INDEX, query, refresh: true, ...more }, { requestTimeout: 600_000 }),
    );
  const compared = await inTurn(
    `Boundary: ${due} of ${count} documents of one index`,
    rounds,
    {
      'es-retention': () => bench.command('purge', '--execute', '--yes', '--category', CATEGORY),
      'es-retention --no-throttle': () =>
        bench.command('purge', '--execute', '--yes', '--no-throttle', '--category', CATEGORY),
      'delete-by-query with default settings': byQuery({}),
      'delete-by-query with scroll_size 10,000': byQuery({ scroll_size: 10_000 }),
    },
    () => cloneIndex(client, SOURCE, INDEX),
    async (way) => {
      await client.indices.refresh({ index: INDEX });
      const { count: left } = await client.count({ index: INDEX });
      if (left !== count - due) throw new Error(`${way} left ${left} documents, expected ${count - due}`);
    },
  );
  await clearIndices(client, INDEX, SOURCE);
  return compared;
};
