import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { EventBridgeClient, ListEventBusesCommand } from '@aws-sdk/client-eventbridge';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Client } from '@elastic/elasticsearch';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createClient } from '../../lib/adapters/elasticsearch/client.ts';
import { METRIC_NAMESPACE } from '../../lib/lambda/metric-names.ts';
import { DAY } from '../../lib/policy/duration.ts';
import { isoInstant } from '../../lib/policy/instant.ts';
import { parseRetentionPolicy } from '../../lib/policy/retention-policy.ts';
import type { Loose } from '../support/compiled-template.ts';
import { clientOptions, type DeployedService, deployedService } from '../support/deployed-service.ts';
import { type EmbeddedServer, startEmbeddedElasticsearch } from '../support/embedded-elasticsearch/start.ts';
import { newRing } from '../support/key-ring-text.ts';
import { optionalTool, skipWithout } from '../support/optional-tool.ts';
import { pythonEnvironment } from '../support/python-environment.ts';
import { type ServiceFolder, serviceFolder } from '../support/service-folder.ts';
import { OTHER_SECRET, SECRET, signedHeaders } from '../support/signed-webhook.ts';
import { watchingProxy } from '../support/watching-proxy.ts';

const available = skipWithout(await optionalTool(pythonEnvironment)) !== undefined;

const UIN = '9007199254740993';
const ACCOUNT_SYSTEM = 'com.example.accounts';
const NOBODY_LISTENS = 'http://127.0.0.1:1';
const PATIENCE = { timeout: 30_000, interval: 200 };

let service: ServiceFolder;
let deployed: DeployedService;
let server: EmbeddedServer;
let client: Client;
let parameters: Record<string, string>;

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

/** A metric by its names and the values of its dimensions. */
const keyOf = (namespace: unknown, name: unknown, dimensions: Readonly<Record<string, unknown>>): string =>
  JSON.stringify([namespace, name, Object.entries(dimensions).sort()]);

/**
 * The metrics in a line of a log, if it holds any.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
const metricsIn = (line: string): readonly string[] => {
  const at = line.indexOf('{"_aws"');
  if (at < 0) return [];
  const values = JSON.parse(line.slice(at));
  return values._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }: Record<string, readonly Loose[]>) =>
    (Dimensions ?? []).flatMap((names: readonly string[]) =>
      (Metrics ?? []).map(({ Name }) =>
        keyOf(Namespace, Name, Object.fromEntries(names.map((name) => [name, values[name]]))),
      ),
    ),
  );
};

const left = async (category: string): Promise<readonly (string | undefined)[]> => {
  await client.indices.refresh({ index: indexOf(category) });
  const { hits } = await client.search({ index: indexOf(category), _source: false });
  return hits.hits.map(({ _id }) => _id).sort();
};

/** Every request that the ledger has heard of. */
const heard = async (): Promise<string> => {
  const index = 'retention-ledger-events';
  await client.indices.refresh({ index, ignore_unavailable: true });
  const { hits } = await client.search({ index, ignore_unavailable: true, size: 1000 });
  return JSON.stringify(hits.hits);
};

/** A key for each function, as the deploy guide has them made, and the other secrets, in Secrets Manager. */
const makeSecrets = async (): Promise<void> => {
  for (const id of policy().categories.keys()) {
    const { encoded } = await client.security.createApiKey({
      name: `purge-${id}`,
      role_descriptors: {
        purge: {
          cluster: ['monitor'],
          index: [
            { names: [...(policy().categories.get(id)?.indices ?? [])], privileges: ['read', 'delete', 'manage'] },
            { names: ['retention-*'], privileges: ['read', 'write', 'manage'] },
          ],
        },
      },
    });
    await deployed.putSecret(`elasticsearch/purge-${id}`, encoded);
  }
  await deployed.putSecret('webhook', SECRET);
  await deployed.putSecret('keys', JSON.stringify(newRing()));
};

beforeAll(async () => {
  if (!available) return;
  service = serviceFolder();
  server = await startEmbeddedElasticsearch({ security: true });
  const { username = '', password = '' } = server.credentials ?? {};
  client = createClient({ url: server.url }, { auth: { username, password } });
  const { cluster_uuid } = await client.info();
  parameters = { elasticsearchUrl: server.url, enforceCluster: cluster_uuid, accountSource: ACCOUNT_SYSTEM };
  service.writePolicy(
    service.readPolicy().replace('mode: observe', 'mode: enforce').replace('maxShare: 0.5', 'maxShare: 1'),
  );
  await client.indices.putIndexTemplate({
    name: 'e2e',
    index_patterns: ['trtc-*'],
    template: {
      settings: { number_of_replicas: 0 },
      mappings: {
        properties: { '@timestamp': { type: 'date' }, uin: { type: 'keyword' }, sdkAppId: { type: 'keyword' } },
      },
    },
  });
  deployed = await deployedService(service);
  await makeSecrets();
  await deployed.deploy(parameters);
});
afterAll(async () => {
  await client?.close();
  await deployed?.ministack.stop();
  await server?.stop();
  service?.remove();
});

describe('the deployed service', () => {
  it('purges by the input of its own schedules, each at its own target', async () => {
    for (const { id } of aged()) await fill(id, [20, 13]);
    for (const { id } of aged()) {
      expect(await deployed.replay(id)).toMatchObject({ category: id, outcome: 'complete', documentsRemoved: 1 });
      expect(await left(id)).toEqual(['13-days']);
    }
  });

  it('keeps what no age ends', async () => {
    await fill('console-configuration', [500, 1]);
    expect(await deployed.replay('console-configuration')).toMatchObject({ outcome: 'complete', documentsRemoved: 0 });
    expect(await left('console-configuration')).toHaveLength(2);
  });

  it('takes a signed webhook over HTTP, and records over the bus what it owes', async () => {
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

  it('refuses a forged webhook, and records nothing', async () => {
    const id = `msg_${randomUUID()}`;
    const body = JSON.stringify({ type: 'account.deleted', timestamp: isoInstant(Date.now()), data: { uin: UIN } });
    const headers = signedHeaders(body, { id, secret: OTHER_SECRET, at: Date.now() });
    expect(await deployed.post('/terminations', body, headers)).toMatchObject({ status: 401 });
    const later = await sendTermination(ACCOUNT_SYSTEM);
    await vi.waitFor(async () => expect(await heard()).toContain(later), PATIENCE);
    expect(await heard()).not.toContain(id);
  });

  it('hears the account system on the bus, and nobody whose source is not listed', async () => {
    const forged = await sendTermination('com.example.somebody');
    const ours = await sendTermination('es-retention');
    // What was sent last is heard last, or nearly so: two of them, one after the other, leave the others time to be heard.
    for (const real of [await sendTermination(ACCOUNT_SYSTEM), await sendTermination(ACCOUNT_SYSTEM)])
      await vi.waitFor(async () => expect(await heard()).toContain(real), PATIENCE);
    expect(await heard()).not.toContain(forged);
    expect(await heard()).not.toContain(ours);
  });

  it('loses nothing that fails: after three tries it lies in the function’s failure queue, as it was', async () => {
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

    await deployed.setEnvironment('purge-console-configuration', { ELASTICSEARCH_URL: server.url });
    // The test has looked at the message: for a second it is hidden from others.
    await vi.waitFor(async () => {
      await deployed.replay('console-configuration');
      expect(await heard()).toContain(requestId);
    }, PATIENCE);
    expect(await deployed.receive('PurgeConsoleConfigurationFailures')).toEqual([]);
  });

  it('puts aside what no function takes, with the reason', async () => {
    await deployed.callAsynchronously('purge-uins', { 'detail-type': 'Something Else', id: 'unheard-of' });
    await vi.waitFor(async () => {
      const letters = (await deployed.receive('DeadLetters')).map(({ Body = '' }) => JSON.parse(Body));
      expect(letters).toContainEqual(
        expect.objectContaining({ event: expect.objectContaining({ id: 'unheard-of' }), code: 'unknown-event' }),
      );
    }, PATIENCE);
  });

  it('works off a backlog longer than its time, hop by hop, without another schedule', async () => {
    // The first request passes; then the store is busy until the first hop has no time left but to verify and report.
    const timeIsUp = { at: Number.POSITIVE_INFINITY };
    let requests = 0;
    const slow = await watchingProxy(server.url, async (line) => {
      if (!line.includes('_delete_by_query')) return;
      requests += 1;
      if (requests > 1) await wait(Math.max(0, timeIsUp.at - Date.now()));
    });
    onTestFinished(slow.close);
    await deployed.setEnvironment('purge-sdk-logs', { ELASTICSEARCH_URL: slow.url });
    await deployed.setTimeout('purge-sdk-logs', 40); // of which 32 s are for destroying
    const indices = [...'abcdefgh'].map((letter) => `${indexOf('sdk-logs')}-${letter}`);
    for (const index of indices) await fillIndex(index, [20, 13]);
    timeIsUp.at = Date.now() + 33_000;
    const { runId, outcome } = (await deployed.replay('sdk-logs')) as { runId: string; outcome: string };
    expect(outcome).toBe('incomplete');
    const leftOver = async () => {
      await client.indices.refresh({ index: indices });
      return (await client.count({ index: indices })).count;
    };
    await vi.waitFor(async () => expect(await leftOver()).toBe(indices.length), { timeout: 120_000, interval: 1_000 });
    await vi.waitFor(async () => {
      const { _source } = await client.get<{ trigger: unknown }>({ index: 'retention-reports', id: `${runId}.1` });
      expect(_source?.trigger).toMatchObject({ source: 'continuation' });
    }, PATIENCE);
  });

  it('sends every metric that an alarm goes by, in its namespace and with exactly its dimensions', async () => {
    await deployed.replay('console-configuration');
    const sent = new Set<string>();
    for (const id of policy().categories.keys())
      for (const line of await deployed.logOf(`purge-${id}`)) for (const metric of metricsIn(line)) sent.add(metric);
    const alarms = await new CloudWatchClient(clientOptions(deployed.ministack)).send(new DescribeAlarmsCommand({}));
    const watched = (alarms.MetricAlarms ?? [])
      .filter(({ Namespace }) => Namespace === METRIC_NAMESPACE)
      .map(({ Namespace, MetricName, Dimensions = [] }) =>
        keyOf(Namespace, MetricName, Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]))),
      );
    expect(watched.length).toBeGreaterThan(30);
    expect(watched.filter((metric) => !sent.has(metric))).toEqual([]);
  });

  it('keeps another promise after it is deployed with another policy', async () => {
    await fill('backend-logs', [13, 9]);
    service.writePolicy(
      service
        .readPolicy()
        .replace('maxAge: P14D', 'maxAge: P10D')
        .replace('schedule: rate(15 minutes)', 'schedule: rate(10 minutes)'),
    );
    await deployed.deploy(parameters);
    expect(await deployed.scheduleOf('backend-logs')).toMatchObject({ ScheduleExpression: 'rate(10 minutes)' });
    expect(await deployed.replay('backend-logs')).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
    expect(await left('backend-logs')).toEqual(['9-days']);
  });

  it('leaves nothing behind when it is removed', async () => {
    expect(await standing()).toMatchObject({ functions: 8, schedules: 7, queues: 8, buses: 2, buckets: 2 });
    await deployed.remove();
    expect(await standing()).toEqual({ functions: 0, schedules: 0, queues: 0, buses: 1, buckets: 0, alarms: 0 });
  });
});

const terminationEvent = (requestId: string) => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Account Deleted',
  source: ACCOUNT_SYSTEM,
  account: '000000000000',
  time: isoInstant(Date.now()),
  region: 'eu-west-1',
  resources: [],
  detail: { requestId, uin: UIN, at: isoInstant(Date.now()) },
});

const sendTermination = async (source: string): Promise<string> => {
  const requestId = randomUUID();
  const { 'detail-type': detailType, detail } = terminationEvent(requestId);
  await deployed.putEvent({ source, detailType, detail });
  return requestId;
};

/** What there is in the account, by number; a bus is there from the start. */
const standing = async () => {
  const options = clientOptions(deployed.ministack);
  const [functions, schedules, queues, buses, buckets, alarms] = await Promise.all([
    new LambdaClient(options).send(new ListFunctionsCommand({})),
    new SchedulerClient(options).send(new ListSchedulesCommand({})),
    new SQSClient(options).send(new ListQueuesCommand({})),
    new EventBridgeClient(options).send(new ListEventBusesCommand({})),
    new S3Client({ ...options, forcePathStyle: true }).send(new ListBucketsCommand({})),
    new CloudWatchClient(options).send(new DescribeAlarmsCommand({})),
  ]);
  return {
    functions: functions.Functions?.length ?? 0,
    schedules: schedules.Schedules?.length ?? 0,
    queues: queues.QueueUrls?.length ?? 0,
    buses: buses.EventBuses?.length ?? 0,
    buckets: buckets.Buckets?.length ?? 0,
    alarms: alarms.MetricAlarms?.length ?? 0,
  };
};
