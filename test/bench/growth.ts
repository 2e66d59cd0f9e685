import pMap from 'p-map';
import { DAY } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import { EXAMPLE_POLICY } from '../support/policy/example-policy.ts';
import { type Bench, type Comparison, clearIndices, inTurn } from './harness.ts';

// How the plan of one category grows with its indices, beside the list of indices that Elasticsearch gives.

const PATTERN = 'trtc-backend-log-*';
const CREATED_AT_ONCE = 8;

/** Measures `plan` for so many indices of two documents each, of which half are due. */
export const growth = async (bench: Bench, indices: number, rounds: number): Promise<Comparison> => {
  const { client } = bench;
  bench.usePolicy(EXAMPLE_POLICY);
  await clearIndices(client, PATTERN);
  await client.cluster.putSettings({ persistent: { 'cluster.max_shards_per_node': 3 * indices + 1_000 } });
  await bench.command('setup');
  const now = Date.now();
  await pMap(
    Array.from({ length: indices }, (_, at) => `trtc-backend-log-${at}`),
    async (index, at) => {
      await client.indices.create({
        index,
        settings: { number_of_replicas: 0, refresh_interval: '-1' },
        mappings: { properties: { '@timestamp': { type: 'date' }, uin: { type: 'keyword' } } },
      });
      const timestamp = isoInstant(now - (at % 2 === 0 ? 20 : 1) * DAY);
      const operations = [1, 2].flatMap(() => [{ create: {} }, { '@timestamp': timestamp, uin: '1' }]);
      await client.bulk({ index, operations, refresh: true });
    },
    { concurrency: CREATED_AT_ONCE },
  );
  const compared = await inTurn(
    `Plan: ${indices} indices`,
    rounds,
    {
      'es-retention': () => bench.command('plan', '--category', 'backend-logs'),
      '_cat/indices': () => bench.requests(() => client.cat.indices({ index: PATTERN, format: 'json' })),
    },
    async () => undefined,
    async () => undefined,
  );
  await clearIndices(client, PATTERN);
  await client.cluster.putSettings({ persistent: { 'cluster.max_shards_per_node': null } });
  return compared;
};
