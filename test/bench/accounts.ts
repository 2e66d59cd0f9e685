import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import pMap from 'p-map';
import { openTestServer } from '../../embedded-elasticsearch/start.ts';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import { ownRecords } from '../../lib/adapters/elasticsearch/records/elasticsearch-records.ts';
import { ownIndices } from '../../lib/policy/own-indices.ts';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import type { TerminationTrigger } from '../../lib/policy/termination-trigger.ts';
import { TEST_RING_TEXT } from '../support/erasure/key-ring-text.ts';
import { fourDaysAgo, recordTerminations, seedDocuments, uinOf, unlimitedPolicy } from './owed-accounts.ts';
import type { RequestTrace } from './request-trace.ts';

// How long it takes to erase many accounts out of one index, in turns on the same server: by the command line, by one
// delete-by-query for each account, by eight of these at once, and by one `terms` query for all accounts:
// node test/bench/accounts.ts [accounts] [documents of each] [documents of others] [rounds] [ways]
// The command runs as a process. Its time is stated with and without the start of Node. An account that was deleted
// gets its receipt in the next run (`again`), the end of a feature in the same run. TRACE=1 lists the requests. On a
// busy machine, compare processor seconds (of the server, and of the command), not times.
const [ACCOUNTS = 10_000, EACH = 10, OTHERS = 300_000, ROUNDS = 3] = process.argv.slice(2, 6).map(Number);
const WAYS = (process.argv[6] ?? 'terms,deleted,ended,eight,one').split(',');

const CATEGORY = 'console-configuration';
const INDEX = 'trtc-console-configuration-bench';
const SOURCE = 'bench-source';
const requests = { timeout: () => 60_000 };
const owed = { accounts: ACCOUNTS, each: EACH, others: OTHERS, terminatedAt: fourDaysAgo() };
const uins = Array.from({ length: ACCOUNTS }, (_, account) => uinOf(account));

const policyText = unlimitedPolicy();
const policy = parseRetentionPolicy(policyText, 'retention-policy.yml');
const category = policy.categories.get(CATEGORY);
if (category === undefined) throw new Error(`no ${CATEGORY}`);

const server = await openTestServer({ heap: '1g' });
const client = createClient({ url: server.url });
const folder = mkdtempSync(join(tmpdir(), 'es-retention-bench-'));
const archive = join(folder, 'archive');

const command = async (...given: readonly string[]): Promise<{ seconds: number; trace: RequestTrace }> => {
  const file = join(folder, 'trace.json');
  const tracer = join(import.meta.dirname, 'trace-requests.ts');
  const begin = performance.now();
  const code = await new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', tracer, 'bin/es-retention.mjs', ...given], {
      env: {
        ...process.env,
        ELASTICSEARCH_URL: server.url,
        RETENTION_POLICY: join(folder, 'retention-policy.yml'),
        RETENTION_KEYS: TEST_RING_TEXT,
        RETENTION_ARCHIVE: archive,
        TRACE_FILE: file,
      },
      stdio: ['ignore', process.env.OUTPUT === undefined ? 'ignore' : 'inherit', 'inherit'],
    });
    child.on('close', resolve);
  });
  const seconds = (performance.now() - begin) / 1_000;
  // 3: something is left, here the second count of deleted accounts.
  if (code !== 0 && code !== 3) throw new Error(`${given.join(' ')} ended with ${code}`);
  return { seconds, trace: JSON.parse(readFileSync(file, 'utf8')) as RequestTrace };
};

/** The documents as they were seeded. A clone has the same segments. */
const restoreDocuments = async (): Promise<void> => {
  await client.indices.delete({ index: INDEX, ignore_unavailable: true });
  await client.indices.clone({
    index: SOURCE,
    target: INDEX,
    settings: { 'index.blocks.write': null, 'index.number_of_replicas': 0 },
  });
  await client.cluster.health({ index: INDEX, wait_for_status: 'green', timeout: '60s' });
};

const restoreRecords = async (trigger: TerminationTrigger): Promise<void> => {
  const { ledger, events, receipts } = ownIndices(policy, CATEGORY);
  await client.indices.delete({ index: [ledger, events, receipts], ignore_unavailable: true });
  rmSync(archive, { recursive: true, force: true });
  await command('setup');
  await recordTerminations(ownRecords(client, requests, policy), category, archive, { ...owed, trigger });
  await client.indices.refresh({ index: [ledger, events] });
};

const deleteAccounts = (some: readonly string[]) =>
  client.deleteByQuery({ index: INDEX, query: { terms: { uin: [...some] } } }, { requestTimeout: 600_000 });

const deleteEach = (concurrency: number) =>
  pMap(uins, (uin) => client.deleteByQuery({ index: INDEX, query: { term: { uin } } }), { concurrency });

const times = new Map<string, number[]>();
const note = (what: string, seconds: number): void => {
  times.set(what, [...(times.get(what) ?? []), seconds]);
};

/** Processor seconds of the server since it began. */
const processorSeconds = async (): Promise<number> => {
  const { nodes } = await client.nodes.stats({ metric: 'process' });
  const spent = Object.values(nodes).map(({ process }) => process?.cpu?.total_in_millis ?? 0);
  return spent.reduce((sum, each) => sum + each, 0) / 1_000;
};

const purge = async (way: string): Promise<void> => {
  const before = await processorSeconds();
  const { seconds, trace } = await command('purge', '--execute', '--yes', '--category', CATEGORY);
  note(`${way}: processor seconds of the server`, (await processorSeconds()) - before);
  note(`${way}: processor seconds of the command`, trace.processorMilliseconds / 1_000);
  note(`${way}: command`, seconds);
  note(`${way}: net`, trace.netMilliseconds / 1_000);
  note(`${way}: net without receipts`, trace.purgeMilliseconds / 1_000);
  note(`${way}: peak memory in MB`, trace.peakMegabytes);
  if (process.env.TRACE === undefined) return;
  for (const [kind, { count, milliseconds, bytes }] of Object.entries(trace.kinds))
    console.log(`  ${kind}: ${count}, ${milliseconds.toFixed(0)} ms, ${(bytes / 1e6).toFixed(1)} MB`);
};

const measured = async (way: string, work: () => Promise<unknown>): Promise<void> => {
  const before = await processorSeconds();
  const begin = performance.now();
  await work();
  note(way, (performance.now() - begin) / 1_000);
  note(`${way}: processor seconds of the server`, (await processorSeconds()) - before);
};

const RUNS: Readonly<Record<string, () => Promise<void>>> = {
  terms: () => measured('one terms query', () => deleteAccounts(uins)),
  eight: () => measured('eight requests at once', () => deleteEach(8)),
  one: () => measured('one request for each account', () => deleteEach(1)),
  deleted: async () => {
    await restoreRecords('account-deleted');
    await purge('accounts deleted');
    await purge('accounts deleted, again');
  },
  ended: async () => {
    await restoreRecords('feature-terminated');
    await purge('features ended');
  },
};

const assertErased = async (way: string): Promise<void> => {
  await client.indices.refresh({ index: INDEX });
  const { count } = await client.count({ index: INDEX });
  if (count !== OTHERS) throw new Error(`${way} left ${count} documents, expected ${OTHERS}`);
};

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** A server that ES_RETENTION_TEST_URL names goes on without this. */
const clear = async (client: Client): Promise<void> => {
  const own = await client.indices.get({ index: 'retention-*', filter_path: '*.settings.index.uuid' });
  await client.indices.delete({ index: [INDEX, SOURCE, ...Object.keys(own)], ignore_unavailable: true });
};

try {
  writeFileSync(join(folder, 'retention-policy.yml'), policyText);
  await clear(client);
  await seedDocuments(client, SOURCE, owed);
  await client.indices.putSettings({ index: SOURCE, settings: { 'index.blocks.write': true } });
  for (let round = 0; round < ROUNDS; round++)
    for (const way of WAYS) {
      await restoreDocuments();
      await RUNS[way]?.();
      await assertErased(way);
      console.log(`round ${round + 1}, ${way}`);
    }
  console.log(`${ACCOUNTS} accounts of ${EACH} documents among ${ACCOUNTS * EACH + OTHERS}, ${server.version}:`);
  for (const [what, values] of times)
    console.log(`${what}: ${median(values).toFixed(1)} (${values.map((value) => value.toFixed(1)).join(', ')})`);
} finally {
  await clear(client);
  await client.close();
  await server.stop();
  rmSync(folder, { recursive: true });
}
