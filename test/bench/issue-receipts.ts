import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import { openTestServer } from '../../embedded-elasticsearch/start.ts';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import { identifyCluster } from '../../lib/adapters/elasticsearch/client/identify-cluster.ts';
import { ownRecords } from '../../lib/adapters/elasticsearch/records/elasticsearch-records.ts';
import type { ErasurePorts } from '../../lib/app/erasure-ports.ts';
import { finishErasures } from '../../lib/erasure/due/finish-erasures.ts';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { TEST_RING_TEXT } from '../support/erasure/key-ring-text.ts';
import { erasurePortsAt } from '../support/purge/ports-at.ts';
import { terminationPolicy } from '../support/receipts/receipt-fixture.ts';
import { closed, NOW } from '../support/receipts/receipts-due.ts';

// How many receipts a second a run issues, as the command line does (an archive in a folder, no bus), and as a function
// would whose bucket and bus answer after so many milliseconds:
// node test/bench/issue-receipts.ts [closed erasures] [milliseconds]
const [CLOSED = 10_000, ANSWER = 30] = process.argv.slice(2).map(Number);
const FIFTEEN_MINUTES = 900;
const AT_ONCE = 1_000;

const requests = { timeout: () => 60_000 };
const policy = parseRetentionPolicy(terminationPolicy('bench', ['settings']), 'bench.yml');
const [category] = policy.categories.values();
if (category === undefined) throw new Error('no category');
/** What was needed at most until now, in megabytes. */
const peak = (): number => Math.round(process.resourceUsage().maxRSS / 1_024);

const seed = async (client: Client, first: number): Promise<void> => {
  const { ledger } = ownRecords(client, requests, policy);
  for (let from = 0; from < CLOSED; from += AT_ONCE) {
    const entries = Array.from({ length: Math.min(AT_ONCE, CLOSED - from) }, (_, at) =>
      closed(category, `${first + from + at}`, NOW + DAY),
    );
    await ledger.write(entries.map((entry) => ({ entry, read: undefined })));
  }
};

/** The same with a bucket and a bus that are some way off. */
const farAway = (ports: ErasurePorts): ErasurePorts => ({
  ...ports,
  openEvidence: async () => ({
    ...(await ports.openEvidence()),
    archive: { put: () => wait(ANSWER) },
    publisher: { publish: () => wait(ANSWER) },
  }),
});

const server = await openTestServer();
const client = createClient({ url: server.url });
const folder = mkdtempSync(join(tmpdir(), 'es-retention-bench-'));
try {
  const environment = { RETENTION_KEYS: TEST_RING_TEXT, RETENTION_ARCHIVE: join(folder, 'archive') };
  const cluster = await identifyCluster(client, requests);
  for (const [how, around, first] of [
    ['folder, no bus', (ports: ErasurePorts) => ports, 0],
    [`bucket and bus that answer after ${ANSWER} ms`, farAway, CLOSED],
  ] as const) {
    await seed(client, first);
    const ports = around(erasurePortsAt(client, requests, Date.now, environment, policy));
    const before = peak();
    const startedAt = performance.now();
    const { issued, left } = await finishErasures({ policy, category, cluster }, ports, Date.now());
    const seconds = (performance.now() - startedAt) / 1_000;
    const rate = issued / seconds;
    const inFifteenMinutes = Math.round((rate * FIFTEEN_MINUTES) / 1_000);
    console.log(
      `${how}: ${issued} receipts in ${seconds.toFixed(1)} s, ${Math.round(rate)} a second, ${inFifteenMinutes},000 in 15 minutes, ${left} left; peak ${before} MB before, ${peak()} MB after`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
  await client.close();
  await server.stop();
}
