import type { Client } from '@elastic/elasticsearch';
import { DAY } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import { clearIndices } from './harness.ts';
import { uinOf } from './owed-accounts.ts';

/** The indices of a category with hardly any documents. */
export const SMALL_INDICES = 'trtc-backend-log-*';

const TEMPLATE = 'bench-small-indices';
/** A request of so many new indices is one update of the cluster's state. */
const CREATED_AT_ONCE = 200;
const EACH = 2;

/**
 * Makes so many indices of two documents each. Every other index is due as a whole. The documents of the index with
 * number n belong to account n.
 */
export const createSmallIndices = async (client: Client, indices: number): Promise<void> => {
  await client.cluster.putSettings({ persistent: { 'cluster.max_shards_per_node': 3 * indices + 1_000 } });
  const keyword = { type: 'keyword' } as const;
  await client.indices.putIndexTemplate({
    name: TEMPLATE,
    index_patterns: [SMALL_INDICES],
    template: {
      settings: { number_of_shards: 1, number_of_replicas: 0, refresh_interval: '-1' },
      mappings: { properties: { '@timestamp': { type: 'date' }, uin: keyword, sdkAppId: keyword } },
    },
  });
  const now = Date.now();
  for (let from = 0; from < indices; from += CREATED_AT_ONCE) {
    const numbers = Array.from({ length: Math.min(CREATED_AT_ONCE, indices - from) }, (_, at) => from + at);
    const operations = numbers.flatMap((at) =>
      Array.from({ length: EACH }, () => [
        { create: { _index: SMALL_INDICES.replace('*', `${at}`) } },
        { '@timestamp': isoInstant(now - (at % 2 === 0 ? 20 : 1) * DAY), uin: uinOf(at), sdkAppId: '1' },
      ]).flat(),
    );
    const { errors } = await client.bulk({ operations }, { requestTimeout: 600_000 });
    if (errors) throw new Error('not all small indices were made');
  }
  await client.indices.refresh({ index: SMALL_INDICES }, { requestTimeout: 600_000 });
  await client.indices.deleteIndexTemplate({ name: TEMPLATE });
};

/** Deletes them, and all indices of ours. */
export const removeSmallIndices = async (client: Client): Promise<void> => {
  await clearIndices(client, SMALL_INDICES);
  await client.cluster.putSettings({ persistent: { 'cluster.max_shards_per_node': null } });
};
