import { execFile } from 'node:child_process';
import { createPublicKey, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { S3Client } from '@aws-sdk/client-s3';
import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { bucketArchive } from '../../lib/adapters/archive/bucket-archive.ts';
import { verifyReceipt } from '../../lib/adapters/crypto/receipt-verifier.ts';
import { functionKeys } from '../../lib/adapters/elasticsearch/setup/elasticsearch-function-keys.ts';
import { setUpOwnIndices } from '../../lib/adapters/elasticsearch/setup/set-up-own-indices.ts';
import type { LedgerEntry } from '../../lib/erasure/ledger/ledger-entry.ts';
import { openingOf } from '../../lib/erasure/ledger/sealed-opening.ts';
import type { KeptReceipt } from '../../lib/erasure/receipts/receipt-store.ts';
import { KEY_KINDS } from '../../lib/erasure/subjects/key-ring.ts';
import { subjectCommitment } from '../../lib/erasure/subjects/subject-commitment.ts';
import { METRIC_NAMESPACE } from '../../lib/lambda/metrics/metric-names.ts';
import { type KeyHolder, keyPrivileges } from '../../lib/maintenance/key-privileges.ts';
import { parseRetentionPolicy } from '../../lib/policy/parsing/parse-retention-policy.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import { accountInventory } from '../support/deployment/account-inventory.ts';
import { clientOptions } from '../support/deployment/client-options.ts';
import { type DeployedService, deployedService } from '../support/deployment/deployed-service.ts';
import { metricKey, metricsIn } from '../support/deployment/embedded-metrics.ts';
import { pythonEnvironment } from '../support/deployment/python-environment.ts';
import { type ServiceFolder, serviceFolder } from '../support/deployment/service-folder.ts';
import { withCodeOfOnly } from '../support/deployment/without-code.ts';
import { withoutMetricMath } from '../support/deployment/without-metric-math.ts';
import { newRing, ringOf } from '../support/erasure/key-ring-text.ts';
import { OTHER_SECRET, SECRET, signedHeaders } from '../support/erasure/signed-webhook.ts';
import { listed } from '../support/receipts/archive-worlds.ts';
import { optionalTool, skipWithout } from '../support/run/optional-tool.ts';
import { securedServer } from '../support/server/secured-server.ts';
import { watchingProxy } from '../support/server/watching-proxy.ts';

const available = skipWithout(await optionalTool(pythonEnvironment)) !== undefined;

const UIN = '9007199254740993';
const ACCOUNT_SYSTEM = 'com.example.accounts';
const NOBODY_LISTENS = 'http://127.0.0.1:1';
const PATIENCE = { timeout: 30_000, interval: 200 };

let service: ServiceFolder;
let deployed: DeployedService;
let client: Client;
let parameters: Record<string, string>;
const ring = newRing();
const server = securedServer();

const policy = () => parseRetentionPolicy(service.readPolicy(), 'retention-policy.yml');
const aged = () => [...policy().categories.values()].filter(({ rules }) => rules.age !== undefined);
const indexOf = (category: string): string =>
  policy().categories.get(category)?.indices[0]?.replace('*', 'e2e') ?? category;

const fillIndex = async (index: string, days: readonly number[]): Promise<void> => {
  const operations = days.flatMap((age) => [
    { index: { _index: index, _id: `${age}-days` } },
    { '@timestamp': isoInstant(Date.now() - age * DAY), uin: UIN, sdkAppId: '1400100201' },
  ]);
  await client.bulk({ operations, refresh: true });
};

const fill = (category: string, days: readonly number[]): Promise<void> => fillIndex(indexOf(category), days);

const idsIn = async (index: string): Promise<readonly (string | undefined)[]> => {
  await client.indices.refresh({ index });
  const { hits } = await client.search({ index, _source: false });
  return hits.hits.map(({ _id }) => _id).sort();
};

const left = (category: string): Promise<readonly (string | undefined)[]> => idsIn(indexOf(category));

/** What the ledger holds for a request that is the last word about its subject. */
const busEntryOf = async (requestId: string): Promise<LedgerEntry | undefined> => {
  const index = 'retention-ledger.*';
  await client.indices.refresh({ index });
  const { hits } = await client.search<LedgerEntry>({ index, query: { term: { 'obligation.requestId': requestId } } });
  return hits.hits[0]?._source;
};

const receiptsOf = async (requestId: string): Promise<readonly KeptReceipt[]> => {
  const index = 'retention-receipts.*';
  await client.indices.refresh({ index, ignore_unavailable: true });
  const query = { term: { requestId } };
  const { hits } = await client.search<KeptReceipt>({ index, ignore_unavailable: true, query });
  return hits.hits.flatMap(({ _source }) => _source ?? []);
};

/** Every request that the ledger has heard of. */
const heard = async (): Promise<string> => {
  const index = 'retention-events.*';
  await client.indices.refresh({ index, ignore_unavailable: true });
  const { hits } = await client.search({ index, ignore_unavailable: true, size: 1000 });
  return JSON.stringify(hits.hits);
};

const keysOf = () => functionKeys(client, { timeout: () => 30_000 }, policy(), 'dev');

/** A key, and the text of its secret, as `setup` makes it. */
const makeKey = async (holder: KeyHolder): Promise<{ readonly id: string; readonly secret: string }> => {
  const { id, encoded, expiresAt } = await keysOf().make(holder, randomUUID(), 90 * DAY);
  return { id, secret: JSON.stringify({ encoded, expiresAt: isoInstant(expiresAt) }) };
};

/** By function, the key that it was given. */
const given = new Map<KeyHolder, string>();

/** Our own indices, and a key for each function, as `setup` makes them, and the other secrets, in Secrets Manager. */
const makeSecrets = async (): Promise<void> => {
  await setUpOwnIndices(client, { timeout: () => 30_000 }, policy());
  const functions = [...keyPrivileges(policy()).keys()].filter((holder) => holder !== 'operator');
  const keys = functions.map(async (holder) => {
    const { id, secret } = await makeKey(holder);
    given.set(holder, id);
    await deployed.putSecret(`elasticsearch/${holder}`, secret);
  });
  await Promise.all([
    ...keys,
    deployed.putSecret('webhook', SECRET),
    ...KEY_KINDS.map((kind) => deployed.putSecret(`keys/${kind}`, JSON.stringify(ring[kind]))),
  ]);
};

/** The lines of a function's log that are about a request. */
const linesAbout = async (functionName: string, requestId: string): Promise<readonly string[]> => {
  const lines = (await deployed.logOf(functionName)).filter((line) => line.includes(`"requestId":"${requestId}"`));
  return lines.map((line) => JSON.parse(line.slice(line.indexOf('{'))).message);
};

/** The command line, run as a process of its own, with the account in its environment. */
const redrive = async (...options: readonly string[]): Promise<{ readonly code: number; readonly text: string }> => {
  const environment = {
    ...deployed.ministack.environment,
    DEAD_LETTER_QUEUE_URL: (await deployed.outputs()).DeadLetterQueue,
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
  };
  const done = promisify(execFile)(process.execPath, ['bin/es-retention.mjs', 'redrive', ...options], {
    env: environment,
  });
  // Exit codes other than 0 say something too.
  const { code = 0, stdout, stderr } = await done.catch((error) => error);
  return { code, text: `${stdout}${stderr}` };
};

beforeAll(async () => {
  if (!available) return;
  service = serviceFolder();
  withoutMetricMath(service);
  client = server.superuser();
  const { cluster_uuid } = await client.info();
  parameters = {
    elasticsearchUrl: server.url(),
    enforceCluster: cluster_uuid,
    accountSource: ACCOUNT_SYSTEM,
    accountSourcePrincipal: 'arn:aws:iam::000000000000:user/accounts',
    retain: 'off',
  };
  service.writePolicy(
    service
      .readPolicy()
      .replace('mode: observe', 'mode: enforce')
      .replace('immediate: false', 'immediate: true')
      .replace('maxShare: 0.5', 'maxShare: 1'),
  );
  await client.indices.putIndexTemplate({
    name: 'e2e',
    index_patterns: ['trtc-*'],
    template: {
      settings: { number_of_replicas: 0 },
      mappings: {
        properties: {
          '@timestamp': { type: 'date' },
          event: { properties: { ingested: { type: 'date' } } },
          uin: { type: 'keyword' },
          sdkAppId: { type: 'keyword' },
        },
      },
    },
  });
  deployed = await deployedService(service);
  await Promise.all([makeSecrets(), deployed.deploy(parameters)]);
});
afterAll(async () => {
  await client?.indices.deleteIndexTemplate({ name: 'e2e' }, { ignore: [404] });
  await deployed?.ministack.stop();
  service?.remove();
});

describe('the deployed service', () => {
  test('outputs the addresses of its webhook, event bus and alarm topic', async () => {
    const { HttpApi: api, Alarms: topic } = Object.fromEntries(await deployed.resources());
    expect(await deployed.outputs()).toMatchObject({
      WebhookAddress: expect.stringMatching(`^https?://${api}\\..*/terminations$`),
      EventBus: expect.stringMatching(/:event-bus\/es-retention-dev$/),
      AlarmTopic: topic,
    });
  });

  test('purges each category with the input and target of its own schedule', async () => {
    for (const { id } of aged()) await fill(id, [20, 13]);
    const runs = aged().map(async ({ id }) => {
      expect(await deployed.replay(id)).toMatchObject({ category: id, outcome: 'complete', documentsRemoved: 1 });
      expect(await left(id)).toEqual(['13-days']);
    });
    await Promise.all(runs);
  });

  test('runs housekeeping with its own key, without touching data of categories', async () => {
    const before = await left('uins');
    const answer = await deployed.replay('housekeeping');
    expect(answer).toMatchObject({
      findings: [],
      categories: expect.arrayContaining([expect.objectContaining({ category: 'uins' })]),
    });
    expect(await left('uins')).toEqual(before);
  });

  test('audits with its own key, and writes a statement for each category', async () => {
    const stated = await deployed.replay('audit-retention');
    const ids = [...policy().categories.keys()].map((id) => expect.stringMatching(`^\\d{4}-\\d{2}-\\d{2}@${id}$`));
    expect(stated).toMatchObject({ statements: ids, unseen: ['accounts that are not in use'] });
    // The second audit of the day finds the statements of the first, and believes them.
    const again = (await deployed.replay('audit-retention')) as { readonly breaches: readonly { code: string }[] };
    expect(again).toMatchObject({ statements: ids });
    expect(again.breaches.map(({ code }) => code).filter((code) => code.startsWith('statement'))).toEqual([]);
  });

  test('keeps data that no age rule covers', async () => {
    await fill('console-configuration', [500, 1]);
    expect(await deployed.replay('console-configuration')).toMatchObject({ outcome: 'complete', documentsRemoved: 0 });
    expect(await left('console-configuration')).toHaveLength(2);
  });

  test('accepts a signed webhook over HTTP, and records its termination through the bus', async () => {
    const id = `msg_${randomUUID()}`;
    const body = JSON.stringify({
      type: 'account.deleted',
      timestamp: isoInstant(Date.now()),
      data: { uin: UIN, terminatedAt: isoInstant(Date.now() - DAY) },
    });
    const answer = await deployed.post('/terminations', body, signedHeaders(body, { id, at: Date.now() }));
    expect(answer).toEqual({ status: 202, body: JSON.stringify({ requestId: id }) });
    await vi.waitFor(async () => expect(await heard()).toContain(id), PATIENCE);
    // Inside the cancel window nothing is erased.
    expect(await left('console-configuration')).toHaveLength(2);
  });

  test('refuses a forged webhook, and records nothing', async () => {
    const id = `msg_${randomUUID()}`;
    const body = JSON.stringify({ type: 'account.deleted', timestamp: isoInstant(Date.now()), data: { uin: UIN } });
    const headers = signedHeaders(body, { id, secret: OTHER_SECRET, at: Date.now() });
    expect(await deployed.post('/terminations', body, headers)).toMatchObject({ status: 401 });
    const later = await sendTermination(ACCOUNT_SYSTEM);
    await vi.waitFor(async () => expect(await heard()).toContain(later), PATIENCE);
    expect(await heard()).not.toContain(id);
  });

  test('turns a signed webhook into an erasure with a receipt anybody can check', async () => {
    // Neighbours beyond 2^53: as numbers they would be one.
    const [gone, stays] = ['9007199254740994', '9007199254740995'];
    const index = `${indexOf('console-configuration')}-erasure`;
    const documents = { 'gone-1': gone, 'gone-2': gone, 'stays-1': stays };
    await client.bulk({
      operations: Object.entries(documents).flatMap(([_id, uin]) => [
        { index: { _index: index, _id } },
        { '@timestamp': isoInstant(Date.now() - DAY), uin, sdkAppId: '1400100201' },
      ]),
      refresh: true,
    });
    const completed = await deployed.listen('Erasure Completed');
    onTestFinished(completed.stop);

    const id = `msg_${randomUUID()}`;
    const body = JSON.stringify({
      type: 'account.deleted',
      timestamp: isoInstant(Date.now()),
      data: { uin: gone, immediate: true },
    });
    const answer = await deployed.post('/terminations', body, signedHeaders(body, { id, at: Date.now() }));
    expect(answer).toMatchObject({ status: 202 });
    await vi.waitFor(async () => expect(await busEntryOf(id)).toMatchObject({ state: 'pending', uin: gone }), PATIENCE);
    const asked = (of: string, secret = SECRET) =>
      deployed.get(`/terminations/${of}`, signedHeaders('', { id: of, secret, at: Date.now() }));
    const shown = async () => {
      const { status, body } = await asked(id);
      return { status, ...JSON.parse(body) };
    };
    expect(await shown()).toMatchObject({ status: 200, done: false, categories: [{ state: 'pending' }] });
    expect(await asked('msg_of-nobody')).toMatchObject({ status: 404 });
    expect(await asked(id, OTHER_SECRET)).toMatchObject({ status: 401 });

    // A deleted account is watched for one more run.
    expect(await deployed.replay('console-configuration')).toMatchObject({
      outcome: 'complete',
      documentsRemoved: 2,
      erasures: { due: 1, open: 1 },
    });
    expect(await idsIn(index)).toEqual(['stays-1']);
    expect(await receiptsOf(id)).toEqual([]);
    expect(await deployed.replay('console-configuration')).toMatchObject({ erasures: { due: 1, erased: 1, open: 0 } });

    const [kept, ...more] = await receiptsOf(id);
    expect(more).toEqual([]);
    const erased = { state: 'erased', receipt: kept?.id };
    expect(await shown()).toMatchObject({ status: 200, requestId: id, done: true, categories: [erased] });
    const { signing, archive } = ringOf(ring);
    const publicKey = createPublicKey(signing.keys.get(signing.current) as never).export({
      type: 'spki',
      format: 'pem',
    });
    const { kid, receipt } = await verifyReceipt(kept?.jws ?? '', String(publicKey));
    expect(kid).toBe(ring.signing.current);
    expect(receipt).toMatchObject({
      request: { id, trigger: 'account-deleted', scope: 'account', immediate: true },
      categories: [{ category: 'console-configuration', outcome: 'erased', documentsErased: 2, documentsLeft: 0 }],
      cluster: { uuid: parameters.enforceCluster },
      keptInTime: true,
    });
    const entry = await busEntryOf(id);
    const [closure] = entry?.closures ?? [];
    const opening = (entry && closure && openingOf(entry, closure, ringOf(ring))) ?? '';
    expect(receipt.subject.commitment).toBe(subjectCommitment({ uin: gone }, opening));
    expect(receipt.subject.commitment).not.toBe(subjectCommitment({ uin: stays }, opening));
    expect(JSON.stringify([entry, receipt])).not.toContain(gone);

    const { ArchiveBucket: bucket = '' } = await deployed.outputs();
    const s3 = new S3Client({ ...clientOptions(deployed.ministack), forcePathStyle: true });
    const copies = bucketArchive({ bucket, prefix: 'console-configuration' }, archive, s3);

    expect(await listed(copies, 'events')).toContainEqual(
      expect.objectContaining({ content: expect.objectContaining({ requestId: id, subject: { uin: gone } }) }),
    );
    expect(await listed(copies, 'receipts')).toContainEqual({ id: kept?.id, content: { jws: kept?.jws } });
    expect(await listed(copies, 'entries')).toMatchObject([
      { content: { closures: [{ obligation: { requestId: id } }] } },
    ]);

    await vi.waitFor(
      async () =>
        expect(await completed.heard()).toMatchObject([
          {
            source: 'es-retention.purge-console-configuration',
            detail: { requestId: id, receiptId: kept?.id, receiptHash: kept?.hash },
          },
        ]),
      PATIENCE,
    );
    // One id from the webhook to the receipt, and nowhere in the logs whose it is.
    // A log is written after the answer.
    await vi.waitFor(async () => {
      expect(await linesAbout('receive-termination', id)).toEqual(['202 published']);
      expect(await linesAbout('purge-console-configuration', id)).toEqual([
        'console-configuration: recorded account-deleted',
        'console-configuration: receipt issued',
      ]);
    }, PATIENCE);
    for (const name of ['receive-termination', 'show-termination', 'purge-console-configuration', 'purge-uins'])
      expect((await deployed.logOf(name)).filter((line) => line.includes(gone))).toEqual([]);
  });

  test('accepts bus events of the account system, but not of unlisted sources', async () => {
    const forged = await sendTermination('com.example.somebody');
    const ours = await sendTermination('es-retention');
    // What was sent last is heard last, or nearly so: two of them, one after the other, leave the others time to be
    // heard.
    for (const real of [await sendTermination(ACCOUNT_SYSTEM), await sendTermination(ACCOUNT_SYSTEM)])
      await vi.waitFor(async () => expect(await heard()).toContain(real), PATIENCE);
    expect(await heard()).not.toContain(forged);
    expect(await heard()).not.toContain(ours);
  });

  test('puts an event that no function accepts into the dead letters, with the reason', async () => {
    await deployed.callAsynchronously('purge-uins', { 'detail-type': 'Something Else', id: 'unheard-of' });
    await vi.waitFor(async () => {
      const letters = (await deployed.receive('DeadLetters')).map(({ Body = '' }) => JSON.parse(Body));
      expect(letters).toContainEqual(
        expect.objectContaining({ event: expect.objectContaining({ id: 'unheard-of' }), code: 'unknown-event' }),
      );
    }, PATIENCE);
  });

  test('keeps an event that a deployment error stopped, shows it without the account, and resends it', async () => {
    const account = '9007199254740999';
    const failures = 'PurgeConsoleConfigurationFailures';
    await deployed.setEnvironment('purge-console-configuration', {
      RETENTION_SUBJECT_KEYS_SECRET: 'es-retention/dev/mistyped',
    });
    const requestId = randomUUID();
    await deployed.callAsynchronously('purge-console-configuration', terminationEvent(requestId, account));
    const isWaiting = async () => expect(JSON.stringify(await deployed.receive(failures))).toContain(requestId);
    await vi.waitFor(isWaiting, PATIENCE);
    // The test has looked at the message: for a second it is hidden from others.
    await vi.waitFor(
      async () =>
        expect(await deployed.replay('console-configuration')).toMatchObject({
          outcome: 'rejected',
          code: 'no-secret',
        }),
      PATIENCE,
    );
    await isWaiting();
    expect((await redrive()).text).not.toContain(requestId);

    await deployed.setTries(failures, 1);
    const shown = await vi.waitFor(async () => {
      await deployed.receive(failures);
      const looked = await redrive();
      expect(looked.text).toContain(requestId);
      return looked;
    }, PATIENCE);
    expect(shown.text).toContain('no-secret');
    expect(shown.text).toContain('RETENTION_SUBJECT_KEYS_SECRET');
    expect(shown.text).not.toContain(account);
    expect(shown.code).toBe(3);
    expect(await heard()).not.toContain(requestId);

    await deployed.setTries(failures, 1_000);
    await deployed.setEnvironment('purge-console-configuration', {
      RETENTION_SUBJECT_KEYS_SECRET: 'es-retention/dev/keys/subject',
    });
    const sent = await redrive('--execute');
    expect(sent.text).toContain(requestId);
    expect(sent.text).not.toContain(account);
    expect(sent.code).toBe(0);
    expect((await redrive()).text).toContain('Dead letters: 0');
    await deployed.replay('console-configuration');
    expect(await heard()).toContain(requestId);
  });
});

describe.concurrent('functions of the deployed service, running in parallel', () => {
  test('process a backlog in several hops if it takes longer than one invocation', async ({ onTestFinished }) => {
    // The first deletion passes; then the store is busy until the first hop has no time left but to verify and report.
    let timeIsUp: number | undefined;
    let deletions = 0;
    const slow = await watchingProxy(server.url(), async (line) => {
      timeIsUp ??= Date.now() + 25_000;
      if (!line.includes(indexOf('sdk-logs')) || !line.includes('_delete_by_query')) return;
      deletions += 1;
      if (deletions > 1) await wait(Math.max(0, timeIsUp - Date.now()));
    });
    onTestFinished(slow.close);
    await deployed.setEnvironment('purge-sdk-logs', { ELASTICSEARCH_URL: slow.url });
    await deployed.setTimeout('purge-sdk-logs', 30); // of which 24 s are for destroying
    const indices = [...'abcdefgh'].map((letter) => `${indexOf('sdk-logs')}-${letter}`);
    for (const index of indices) await fillIndex(index, [20, 13]);
    const { runId, outcome } = (await deployed.replay('sdk-logs')) as { runId: string; outcome: string };
    expect(outcome).toBe('incomplete');
    const leftOver = async () => {
      await client.indices.refresh({ index: indices });
      return (await client.count({ index: indices })).count;
    };
    await vi.waitFor(async () => expect(await leftOver()).toBe(indices.length), { timeout: 120_000, interval: 1_000 });
    await vi.waitFor(async () => {
      const { _source } = await client.get<{ trigger: unknown }>({
        index: 'retention-reports.sdk-logs',
        id: `${runId}.1.opened`,
      });
      expect(_source?.trigger).toMatchObject({ source: 'continuation' });
    }, PATIENCE);
  });

  test('put an event into the failure queue after three failed attempts, and process it later', async () => {
    await deployed.setEnvironment('purge-console-configuration', { ELASTICSEARCH_URL: NOBODY_LISTENS });
    const requestId = randomUUID();
    const event = terminationEvent(requestId);
    await deployed.callAsynchronously('purge-console-configuration', event);
    const body = await vi.waitFor(
      async () => {
        const messages = await deployed.receive('PurgeConsoleConfigurationFailures');
        const found = messages.map(({ Body = '' }) => Body).find((text) => text.includes(requestId));
        expect(found).toBeDefined();
        return JSON.parse(found ?? '');
      },
      { timeout: 60_000, interval: 500 },
    );
    expect(body).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
      requestPayload: event,
    });

    await deployed.setEnvironment('purge-console-configuration', { ELASTICSEARCH_URL: server.url() });
    // The test has looked at the message: for a second it is hidden from others.
    await vi.waitFor(async () => {
      await deployed.replay('console-configuration');
      expect(await heard()).toContain(requestId);
    }, PATIENCE);
    // What was taken is deleted after it was carried out.
    await vi.waitFor(
      async () => expect(await deployed.messagesIn('PurgeConsoleConfigurationFailures')).toBe(0),
      PATIENCE,
    );
  });

  test('refuse a cluster other than their own, count the refusal, and destroy nothing', async () => {
    await fill('backend-logs', [20]);
    await deployed.setEnvironment('purge-backend-logs', { ENFORCE_CLUSTER_UUID: 'of-another-cluster' });
    expect(await deployed.replay('backend-logs')).toMatchObject({
      outcome: 'rejected',
      code: 'wrong-cluster',
      message: expect.stringContaining(parameters.enforceCluster ?? '?'),
    });
    expect(await left('backend-logs')).toContain('20-days');
    await vi.waitFor(async () => {
      const metrics = (await deployed.logOf('purge-backend-logs')).map(metricsIn).findLast(({ length }) => length);
      expect(metrics?.map(({ name, value }) => [name, value])).toEqual([['PlansRefused', 1]]);
    }, PATIENCE);

    await deployed.setEnvironment('purge-backend-logs', {
      ENFORCE_CLUSTER_UUID: parameters.enforceCluster ?? '',
    });
    expect(await deployed.replay('backend-logs')).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
  });

  test('fetch the rotated key when the cluster refuses the old one', async () => {
    const fetchedAgain = async () =>
      (await deployed.logOf('purge-uins')).filter((line) => line.includes('secrets are fetched again')).length;
    await fill('uins', [20]);
    await keysOf().revoke([given.get('purge-uins') ?? '']);
    expect(await deployed.replay('uins')).toMatchObject({ outcome: 'rejected', code: 'wrong-key' });
    await vi.waitFor(async () => expect(await fetchedAgain()).toBe(1), PATIENCE);
    await deployed.replaceSecret('elasticsearch/purge-uins', (await makeKey('purge-uins')).secret);
    expect(await deployed.replay('uins')).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
    // A process that had begun anew would have fetched the new key at once.
    await vi.waitFor(async () => expect(await fetchedAgain()).toBe(2), PATIENCE);
  });
});

describe('the deployed service, at the end', () => {
  test('has sent every metric that an alarm uses, with exactly the same dimensions', async () => {
    await deployed.replay('console-configuration');
    const refused = JSON.stringify({ type: 'account.created', data: {} });
    const answer = await deployed.post('/terminations', refused, signedHeaders(refused, { at: Date.now() }));
    expect(answer.status).toBe(400);
    const sent = async (): Promise<ReadonlySet<string>> => {
      const found = new Set<string>();
      for (const name of [
        'receive-termination',
        'housekeeping',
        'audit-retention',
        ...[...policy().categories.keys()].map((id) => `purge-${id}`),
      ])
        for (const line of await deployed.logOf(name)) for (const { key } of metricsIn(line)) found.add(key);
      return found;
    };
    const alarms = await new CloudWatchClient(clientOptions(deployed.ministack)).send(new DescribeAlarmsCommand({}));
    const watched = (alarms.MetricAlarms ?? [])
      .filter(({ Namespace }) => Namespace === METRIC_NAMESPACE)
      .map(({ Namespace, MetricName, Dimensions = [] }) =>
        metricKey(Namespace, MetricName, Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]))),
      );
    expect(watched.length).toBeGreaterThan(20);
    await vi.waitFor(async () => {
      const seen = await sent();
      expect(watched.filter((metric) => !seen.has(metric))).toEqual([]);
    }, PATIENCE);
  });

  test('purges by the changed policy after the next deployment', async () => {
    await fill('backend-logs', [13, 9]);
    service.writePolicy(
      service
        .readPolicy()
        .replace('maxAge: P14D', 'maxAge: P10D')
        .replace('schedule: rate(15 minutes)', 'schedule: rate(10 minutes)'),
    );
    withCodeOfOnly(service, 'purge-backend-logs.ts');
    await deployed.deploy(parameters);
    expect(await deployed.scheduleOf('backend-logs')).toMatchObject({ ScheduleExpression: 'rate(10 minutes)' });
    expect(await deployed.replay('backend-logs')).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
    expect(await left('backend-logs')).toEqual(['9-days']);
  });

  test('has empty failure queues, and only the unusable event in the dead letters', async () => {
    const queues = [...(await deployed.resources()).keys()].filter((id) => id.endsWith('Failures'));
    expect(queues).toHaveLength(4);
    await vi.waitFor(async () => {
      for (const queue of queues) expect([queue, await deployed.messagesIn(queue)]).toEqual([queue, 0]);
      expect(await deployed.messagesIn('DeadLetters')).toBe(1);
    }, PATIENCE);
    const [letter] = await deployed.receive('DeadLetters');
    expect(JSON.parse(letter?.Body ?? '')).toMatchObject({ event: { id: 'unheard-of' }, code: 'unknown-event' });
  });

  test('leaves nothing behind when it is removed', async () => {
    expect(await accountInventory(clientOptions(deployed.ministack))).toEqual({
      functions: 8,
      schedules: 6,
      queues: 5,
      buses: 2,
      rules: 6,
      buckets: 2,
      alarms: 46, // and five on an expression
      roles: 15,
      topics: 1,
      keys: 1,
      apis: 1,
      logGroups: 8,
    });
    await deployed.remove();
    expect(await accountInventory(clientOptions(deployed.ministack))).toEqual({
      functions: 0,
      schedules: 0,
      queues: 0,
      buses: 1,
      rules: 0,
      buckets: 0,
      alarms: 0,
      roles: 0,
      topics: 0,
      keys: 0,
      apis: 0,
      logGroups: 0,
    });
  });
});

const terminationEvent = (requestId: string, uin = UIN) => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Account Deleted',
  source: ACCOUNT_SYSTEM,
  account: '000000000000',
  time: isoInstant(Date.now()),
  region: 'eu-west-1',
  resources: [],
  detail: { requestId, uin, at: isoInstant(Date.now()) },
});

const sendTermination = async (source: string): Promise<string> => {
  const requestId = randomUUID();
  const { 'detail-type': detailType, detail } = terminationEvent(requestId);
  await deployed.putEvent({ source, detailType, detail });
  return requestId;
};
