import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import type { Client } from '@elastic/elasticsearch';
import { openTestServer } from '../../embedded-elasticsearch/start.ts';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import { DAY, HOUR } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';

// How long it takes to purge the backlog of some weeks, by the command line and by one delete-by-query for each
// category, in turns on the same server:
// node test/bench/backlog.ts [days] [documents of each index] [rounds]
const [DAYS = 28, EACH = 5_000, ROUNDS = 3] = process.argv.slice(2).map(Number);

const PREFIXES = ['backend-log', 'dashboard', 'sdk-log', 'uin', 'sdk-appid', 'troubleshooting'] as const;
const CATEGORIES = [
  'backend-logs',
  'dashboard-information',
  'sdk-logs',
  'uins',
  'sdk-appids',
  'troubleshooting-data',
] as const;
const now = Date.now();

const POLICY = readFileSync('retention-policy.yml', 'utf8')
  .replace('mode: observe', 'mode: enforce')
  .replace('maxShare: 0.5', 'maxShare: 1');

function* documentsOf(day: number): Generator<object> {
  const newest = now - day * DAY - HOUR;
  for (let at = 0; at < EACH; at++)
    yield {
      '@timestamp': isoInstant(newest - at),
      uin: `${at % 100}`,
      message: `line ${at} of a log that is about so long`,
    };
}

const seed = async (client: Client): Promise<void> => {
  for (const prefix of PREFIXES)
    for (let day = 0; day < DAYS; day++) {
      const index = `trtc-${prefix}-${isoInstant(now - day * DAY).slice(0, 10)}`;
      await client.indices.create({
        index,
        settings: { number_of_replicas: 0, number_of_shards: 1, refresh_interval: '-1' },
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
        datasource: Readable.from(documentsOf(day)),
        onDocument: () => ({ create: { _index: index } }),
        flushBytes: 2_000_000,
      });
    }
  await client.indices.refresh({ index: 'trtc-*' });
};

const names = async (client: Client): Promise<readonly string[]> =>
  Object.keys(
    await client.indices.get({
      index: PREFIXES.map((prefix) => `trtc-${prefix}-*`),
      filter_path: '*.settings.index.uuid',
    }),
  );

const clear = async (client: Client): Promise<void> => {
  for (const index of await names(client)) await client.indices.delete({ index });
};

const count = async (client: Client): Promise<number> => {
  await client.indices.refresh({ index: 'trtc-*' });
  return (await client.count({ index: PREFIXES.map((prefix) => `trtc-${prefix}-*`) })).count;
};

const environment = { ...process.env, POWERTOOLS_METRICS_DISABLED: 'true' };
const command = async (url: string, policy: string, ...given: readonly string[]): Promise<void> => {
  await promisify(execFile)(process.execPath, ['bin/es-retention.mjs', ...given, '--policy', policy], {
    env: { ...environment, ELASTICSEARCH_URL: url },
    maxBuffer: 1e8,
  }).catch((error: { stdout: string; stderr: string; code: number }) => {
    console.error(error.code, error.stderr, error.stdout.slice(-2_000));
    throw error;
  });
};

const naive = async (client: Client): Promise<void> => {
  for (const prefix of PREFIXES)
    await client.deleteByQuery(
      { index: `trtc-${prefix}-*`, query: { range: { '@timestamp': { lt: now - 14 * DAY } } }, refresh: true },
      { requestTimeout: 600_000 },
    );
};

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

const server = await openTestServer();
const client = createClient({ url: server.url });
const folder = mkdtempSync(join(tmpdir(), 'es-retention-bench-'));
try {
  const policy = join(folder, 'retention-policy.yml');
  writeFileSync(policy, POLICY);
  await command(server.url, policy, 'setup');
  const seconds: Record<'ours' | 'naive', number[]> = { ours: [], naive: [] };
  for (let round = 0; round < ROUNDS; round++)
    for (const way of ['ours', 'naive'] as const) {
      await clear(client);
      await seed(client);
      const begin = performance.now();
      await (way === 'naive'
        ? naive(client)
        : command(server.url, policy, 'purge', '--execute', '--yes', '--category', ...CATEGORIES));
      seconds[way].push((performance.now() - begin) / 1_000);
      console.log(way, seconds[way].at(-1)?.toFixed(1), 'left', await count(client));
    }
  console.log(
    `${PREFIXES.length} × ${DAYS} × ${EACH}: ours ${median(seconds.ours).toFixed(1)} s, naive ${median(seconds.naive).toFixed(1)} s`,
  );
} finally {
  await client.close();
  await server.stop();
  rmSync(folder, { recursive: true });
}
