import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { Client } from '@elastic/elasticsearch';
import { createClient } from '../../lib/adapters/elasticsearch/client.ts';
import { identifyCluster } from '../../lib/adapters/elasticsearch/cluster.ts';
import { elasticsearchPorts } from '../../lib/adapters/elasticsearch/elasticsearch-ports.ts';
import { type OwnBooks, ownBooks } from '../../lib/adapters/elasticsearch/own-books.ts';
import { applyEvent, newEntry } from '../../lib/erasure/apply-event.ts';
import { currentKey } from '../../lib/erasure/key-ring.ts';
import { withProof } from '../../lib/erasure/obligation-proof.ts';
import { keptEvent } from '../../lib/erasure/record-termination.ts';
import { type SubjectHash, subjectHash } from '../../lib/erasure/subject-hash.ts';
import { DAY } from '../../lib/policy/duration.ts';
import { isoInstant } from '../../lib/policy/instant.ts';
import { type Category, parseRetentionPolicy, type RetentionPolicy } from '../../lib/policy/retention-policy.ts';
import { purge } from '../../lib/purge/purge.ts';
import { openTestServer } from '../support/embedded-elasticsearch/start.ts';
import { TEST_RING, TEST_RING_TEXT } from '../support/key-ring-text.ts';

// How long one run takes that erases many accounts out of one shared index:
// node test/bench/erase-many.ts [accounts] [documents of each] [documents of others]
const [ACCOUNTS = 10_000, EACH = 10, OTHERS = 300_000] = process.argv.slice(2).map(Number);

const requests = { timeout: () => 60_000 };
const KEY = currentKey(TEST_RING.subject).key;
const now = Date.now();
const terminatedAt = now - 4 * DAY;
const FIRST = 9_007_199_254_740_992n;
const uinOf = (account: number): string => `${FIRST + BigInt(account)}`;

const shippedAnd = (changes: readonly (readonly [string, string])[]): RetentionPolicy =>
  parseRetentionPolicy(
    changes.reduce((text, [from, to]) => text.replace(from, to), readFileSync('retention-policy.yml', 'utf8')),
    'retention-policy.yml',
  );

function* documents(): Generator<object> {
  for (let at = 0; at < ACCOUNTS * EACH + OTHERS; at++) {
    const isTheirs = at < ACCOUNTS * EACH;
    const account = isTheirs ? at % ACCOUNTS : ACCOUNTS + (at % 30_000);
    yield { uin: uinOf(account), sdkAppId: `${at % 7}`, '@timestamp': isoInstant(terminatedAt - at) };
  }
}

const seed = async (client: Client, index: string): Promise<void> => {
  const keyword = { type: 'keyword' } as const;
  await client.indices.create({
    index,
    settings: { number_of_replicas: 0, refresh_interval: '-1' },
    mappings: { properties: { '@timestamp': { type: 'date' }, uin: keyword, sdkAppId: keyword } },
  });
  await client.helpers.bulk({
    datasource: Readable.from(documents()),
    onDocument: () => ({ create: { _index: index } }),
    flushBytes: 2_000_000,
  });
};

const hashOf = (subject: { readonly uin: string }): SubjectHash => ({ kid: 'test', hash: subjectHash(subject, KEY) });

/** Each has an end of its own, so that each document is compared with its own account's. */
const owe = async ({ ledger, events }: OwnBooks, { id, rules }: Category): Promise<void> => {
  const rule = rules.termination;
  if (rule === undefined) throw new Error(`${id} has no termination rule`);
  const type = 'feature-terminated';
  const owed = Array.from({ length: ACCOUNTS }, (_, at) => {
    const subject = { uin: uinOf(at) };
    const hash = hashOf(subject);
    const event = { type, subject, at: terminatedAt + at, immediate: false, requestId: `msg_${at}` } as const;
    const entry = withProof(applyEvent(newEntry(id, type, subject, hash), event, rule, now), TEST_RING);
    return { entry, event: keptEvent(event, [hash], now) };
  });
  await events(id).mend(owed.map(({ event }) => event));
  await ledger.write(owed.map(({ entry }) => ({ entry, read: undefined })));
};

const server = await openTestServer();
const client = createClient({ url: server.url });
try {
  const policy = shippedAnd([
    ['mode: observe', 'mode: enforce'],
    ['maxShare: 0.5', 'maxShare: 1'],
  ]);
  const category = policy.categories.get('console-configuration');
  if (category === undefined) throw new Error('no console-configuration');
  const index = 'trtc-console-configuration-bench';
  await seed(client, index);
  await owe(ownBooks(client, requests, policy), category);
  const startedAt = performance.now();
  const report = await purge(
    {
      runId: randomUUID(),
      trigger: { source: 'command-line' },
      dryRun: false,
      cluster: await identifyCluster(client, requests),
      policy,
      category,
      budget: { remaining: () => Number.POSITIVE_INFINITY },
    },
    elasticsearchPorts(client, policy, requests, Date.now, requests, { RETENTION_KEYS: TEST_RING_TEXT }),
  );
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  const { count } = await client.count({ index });
  const { outcome, documentsRemoved, erasures } = report;
  console.log(`${ACCOUNTS} accounts of ${EACH} documents among ${ACCOUNTS * EACH + OTHERS}: one run, ${seconds} s`);
  console.log(JSON.stringify({ elasticsearch: server.version, outcome, documentsRemoved, left: count, ...erasures }));
} finally {
  await client.close();
  await server.stop();
}
