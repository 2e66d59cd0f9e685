import { Readable } from 'node:stream';
import type { Client } from '@elastic/elasticsearch';
import { DAY } from '../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../lib/policy/time/instant.ts';
import { type Bench, clearIndices, cloneIndex } from '../harness.ts';
import { agesAroundBoundary } from '../log-index.ts';
import { fourDaysAgo, uinOf, unlimitedPolicy } from '../owed-accounts.ts';
import type { Growing } from './growing.ts';
import { ERASED_CATEGORY, recordOwed } from './owed.ts';

const SOURCE = 'bench-source';
const PURGED = 'trtc-backend-log-bench';
const ERASED = 'trtc-console-configuration-bench';
const PERIOD = 14 * DAY;
const ACCOUNTS = 100;
const EACH = 10;

/** Half of the documents are due by their age. Each account has ten, spread over all ages. */
const seed = async (client: Client, count: number): Promise<void> => {
  const ageOf = agesAroundBoundary(count, PERIOD);
  const now = Date.now();
  function* documents(): Generator<object> {
    for (let at = 0; at < count; at++)
      yield { '@timestamp': isoInstant(now - ageOf(at)), uin: uinOf(at % (count / EACH)), sdkAppId: `${at % 7}` };
  }
  const keyword = { type: 'keyword' } as const;
  await client.indices.create({
    index: SOURCE,
    settings: { number_of_replicas: 0, refresh_interval: '-1' },
    mappings: { properties: { '@timestamp': { type: 'date' }, uin: keyword, sdkAppId: keyword } },
  });
  await client.helpers.bulk({
    datasource: Readable.from(documents()),
    onDocument: () => ({ create: { _index: SOURCE } }),
    flushBytes: 2_000_000,
  });
  await client.indices.refresh({ index: SOURCE });
  await client.indices.putSettings({ index: SOURCE, settings: { 'index.blocks.write': true } });
};

const assertLeft = async (client: Client, index: string, expected: number): Promise<void> => {
  await client.indices.refresh({ index });
  const { count } = await client.count({ index });
  if (count !== expected) throw new Error(`${index} has ${count} documents, expected ${expected}`);
};

const clear = ({ client }: Bench): Promise<void> => clearIndices(client, SOURCE, PURGED, ERASED);

/** All documents are in one index, of which half are deleted one by one. */
export const growthWithDocuments: Growing = {
  of: 'documents',
  works: {
    plan: 'of a category with an age rule, and all documents in one index',
    purge: 'half of them are due by their age, and are deleted one by one (`--no-throttle`)',
    erasure: `${ACCOUNTS} accounts of ${EACH} documents each, out of the same index (throttle on)`,
  },
  measure: async (bench, count) => {
    const { client } = bench;
    await clear(bench);
    bench.usePolicy(unlimitedPolicy());
    await bench.command('setup');
    await seed(client, count);
    const { count: live } = await client.count({
      index: SOURCE,
      query: { range: { '@timestamp': { gte: Date.now() - PERIOD } } },
    });
    await cloneIndex(client, SOURCE, PURGED);
    const plan = await bench.command('plan', '--category', 'backend-logs');
    const purge = await bench.command('purge', '--execute', '--yes', '--no-throttle', '--category', 'backend-logs');
    await assertLeft(client, PURGED, live);
    await client.indices.delete({ index: PURGED });
    await cloneIndex(client, SOURCE, ERASED);
    await recordOwed(bench, [{ accounts: ACCOUNTS, each: EACH, others: 0, terminatedAt: fourDaysAgo() }]);
    const erasure = await bench.command('purge', '--execute', '--yes', '--category', ERASED_CATEGORY);
    await assertLeft(client, ERASED, count - ACCOUNTS * EACH);
    return { plan, purge, erasure };
  },
  clear,
};
