import { Readable } from 'node:stream';
import { DAY, HOUR } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import { EXAMPLE_POLICY } from '../support/policy/example-policy.ts';
import { type Bench, type Comparison, clearIndices, cloneIndex, inTurn } from './harness.ts';

// One index over the boundary of a period: half of its documents are due, and are deleted one by one.

const SOURCE = 'bench-source';
const INDEX = 'trtc-backend-log-bench';
const CATEGORY = 'backend-logs';
const PERIOD = 14 * DAY;

function* documentsOf(count: number, now: number): Generator<object> {
  // Spread evenly over twice the period, a little away from the boundary.
  const step = (2 * PERIOD - 2 * HOUR) / count;
  for (let at = 0; at < count; at++) {
    const age = at * step;
    yield {
      '@timestamp': isoInstant(now - age - (age > PERIOD - HOUR ? 2 * HOUR : 0)),
      uin: `${at % 1_000}`,
      message: `line ${at} of a log that is about so long`,
    };
  }
}

const seed = async ({ client }: Bench, count: number, now: number): Promise<void> => {
  await client.indices.create({
    index: SOURCE,
    settings: { number_of_replicas: 0, refresh_interval: '-1' },
    mappings: {
      properties: {
        '@timestamp': { type: 'date' },
        uin: { type: 'keyword' },
        message: { type: 'text' },
        event: { properties: { ingested: { type: 'date' } } },
      },
    },
  });
  await client.helpers.bulk({
    datasource: Readable.from(documentsOf(count, now)),
    onDocument: () => ({ create: { _index: SOURCE } }),
    flushBytes: 2_000_000,
  });
  await client.indices.refresh({ index: SOURCE });
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
