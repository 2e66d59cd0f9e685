import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Client } from '@elastic/elasticsearch';
import { build } from 'esbuild';
import { functionTextOf } from '../../deploy/service/category-function.ts';
import { openTestServer } from '../../embedded-elasticsearch/start.ts';
import { createClient } from '../../lib/adapters/elasticsearch/client/client.ts';
import { ownRecords } from '../../lib/adapters/elasticsearch/records/elasticsearch-records.ts';
import { applyEvent, newEntry } from '../../lib/erasure/ledger/apply-event.ts';
import { withProof } from '../../lib/erasure/ledger/obligation-proof.ts';
import { keptEvent } from '../../lib/erasure/recording/keep-event.ts';
import type { OwnRecords } from '../../lib/erasure/stored/own-records.ts';
import { currentKey } from '../../lib/erasure/subjects/key-ring.ts';
import { type SubjectHash, subjectHash } from '../../lib/erasure/subjects/subject-hash.ts';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import type { Category } from '../../lib/policy/retention-policy.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import { TEST_ENVIRONMENT, TEST_RING } from '../support/erasure/key-ring-text.ts';
import { EXAMPLE_POLICY } from '../support/policy/example-policy.ts';

// How long a function takes that erases many accounts out of one shared index, and how much memory it needs with as
// much as Lambda gives:
// node test/bench/erase-many.ts [accounts] [documents of each] [documents of others] [megabytes]
//   [accounts that have come back]
const [ACCOUNTS = 10_000, EACH = 10, OTHERS = 300_000, MEMORY = 512, RETURNED = 0] = process.argv.slice(2).map(Number);
const AT_ONCE = 5_000;

const requests = { timeout: () => 60_000 };
const KEY = currentKey(TEST_RING.subject).key;
const now = Date.now();
const terminatedAt = now - 4 * DAY;
const FIRST = 9_007_199_254_740_992n;
const uinOf = (account: number): string => `${FIRST + BigInt(account)}`;

/** The example policy, with what keeps so many accounts from being erased at once taken out. */
const policyText = (): string =>
  EXAMPLE_POLICY.replace('mode: observe', 'mode: enforce')
    .replace('maxShare: 0.5', 'maxShare: 1')
    .replace('maxAccountShare: 0.1', 'maxAccountShare: 1');

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

/**
 * Each has an end of its own, so that each document is compared with its own account's; the first of them came back.
 */
const heardOf = (account: number, { id, rules }: Category) => {
  if (rules.termination === undefined) throw new Error(`${id} has no termination rule`);
  const subject = { uin: uinOf(account - RETURNED) };
  const hash = hashOf(subject);
  const ended = { type: 'feature-terminated', subject, at: terminatedAt + account, immediate: false } as const;
  const back = { ...ended, type: 'account-reinstated', at: ended.at + 1 } as const;
  let entry = newEntry(id, ended.type, subject, hash);
  const heard = account < RETURNED ? [ended, back] : [ended];
  const events = heard.map((each, at) => ({ ...each, requestId: `msg_${account}_${at}` }));
  for (const event of events) entry = applyEvent(entry, event, rules.termination, now);
  return { entry: withProof(entry, TEST_RING), events: events.map((event) => keptEvent(event, [hash], now)) };
};

/** Copies of which a run looks at the names only. */
const copy = (folder: string, ids: readonly string[]): void => {
  const events = join(folder, 'archive', 'events');
  mkdirSync(events, { recursive: true, mode: 0o700 });
  for (const id of ids) writeFileSync(join(events, `${id}.jwe`), '');
};

const owe = async ({ ledger, events }: OwnRecords, category: Category, folder: string): Promise<void> => {
  for (let at = 0; at < RETURNED + ACCOUNTS; at += AT_ONCE) {
    const accounts = Array.from({ length: Math.min(AT_ONCE, RETURNED + ACCOUNTS - at) }, (_, more) => at + more);
    const heard = accounts.map((account) => heardOf(account, category));
    const kept = heard.flatMap((each) => each.events);
    copy(
      folder,
      kept.map(({ id }) => id),
    );
    await events(category.id).restore(kept);
    await ledger.write(heard.map(({ entry }) => ({ entry, read: undefined })));
  }
};

/** As serverless.yml has it packaged. */
const bundle = async (folder: string): Promise<string> => {
  const outfile = join(folder, 'function.mjs');
  await build({
    stdin: { contents: functionTextOf('console-configuration'), resolveDir: 'functions', loader: 'ts' },
    outfile,
    bundle: true,
    minify: true,
    keepNames: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
  return outfile;
};

/**
 * Calls the function in a process of its own, with the share of the memory for its heap that Lambda gives: nine tenths.
 */
const callFunction = (folder: string, file: string, environment: Readonly<Record<string, string>>): Promise<number> =>
  new Promise((resolve) => {
    const limits = [
      `--max-semi-space-size=${Math.floor(MEMORY / 20)}`,
      `--max-old-space-size=${Math.floor(MEMORY * 0.9)}`,
    ];
    const child = spawn(process.execPath, [...limits, 'test/bench/one-function.ts', file], {
      env: {
        ...process.env,
        ...environment,
        POWERTOOLS_LOG_LEVEL: 'SILENT',
        RETENTION_ARCHIVE: join(folder, 'archive'),
      },
      stdio: 'inherit',
    });
    child.on('close', (code) => resolve(code ?? 1));
  });

const server = await openTestServer();
const client = createClient({ url: server.url });
const folder = mkdtempSync(join(tmpdir(), 'es-retention-bench-'));
try {
  const text = policyText();
  const policy = parseRetentionPolicy(text, 'retention-policy.yml');
  const category = policy.categories.get('console-configuration');
  if (category === undefined) throw new Error('no console-configuration');
  writeFileSync(join(folder, 'retention-policy.yml'), text);
  const index = 'trtc-console-configuration-bench';
  await seed(client, index);
  await owe(ownRecords(client, requests, policy), category, folder);
  console.log(
    `${ACCOUNTS} accounts of ${EACH} documents among ${ACCOUNTS * EACH + OTHERS}, ${RETURNED} that came back, ${MEMORY} MB`,
  );
  process.exitCode = await callFunction(folder, await bundle(folder), {
    ELASTICSEARCH_URL: server.url,
    ...TEST_ENVIRONMENT,
    RETENTION_POLICY: join(folder, 'retention-policy.yml'),
  });
  await client.indices.refresh({ index });
  const { count } = await client.count({ index });
  console.log(JSON.stringify({ elasticsearch: server.version, left: count }));
} finally {
  await client.close();
  await server.stop();
  rmSync(folder, { recursive: true });
}
