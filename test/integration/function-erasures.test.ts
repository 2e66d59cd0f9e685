import { randomUUID } from 'node:crypto';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, expect, inject, onTestFinished, test, vi } from 'vitest';
import { elasticsearchLeases } from '../../lib/adapters/elasticsearch/records/elasticsearch-leases.ts';
import type { ReadEntry } from '../../lib/erasure/ledger/ledger.ts';
import { purgeHandler } from '../../lib/lambda/purge-handler.ts';
import { ownIndices } from '../../lib/policy/own-indices.ts';
import { DAY } from '../../lib/policy/time/duration.ts';
import { isoInstant } from '../../lib/policy/time/instant.ts';
import { metricsIn } from '../support/deployment/embedded-metrics.ts';
import { RULE_EVENT } from '../support/deployment/schedule-events.ts';
import { type ReceiptFixture, receiptFixture, terminationPolicy } from '../support/receipts/receipt-fixture.ts';
import { temporaryFile } from '../support/run/temporary-file.ts';
import { watchingProxy } from '../support/server/watching-proxy.ts';

const UIN = '9007199254740993';

let fixture: ReceiptFixture;

beforeEach(() => {
  fixture = receiptFixture(['settings']);
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  vi.stubEnv('ELASTICSEARCH_URL', inject('elasticsearchUrl'));
  usePolicy('enforce');
  for (const [name, value] of Object.entries(fixture.environment)) vi.stubEnv(name, value);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const usePolicy = (mode: 'enforce' | 'observe', maxShare = 1, immediate?: boolean, maxPerHour = 100): void => {
  const text = terminationPolicy(fixture.id, ['settings'])
    .replace('"mode":"enforce"', `"mode":"${mode}"`)
    .replace('"maxShare":1', `"maxShare":${maxShare}`)
    .replace('{', `{"terminations":${JSON.stringify({ immediate, maxPerHour })},`);
  vi.stubEnv('RETENTION_POLICY', temporaryFile('policy.yml', text));
};

const invoke = (event: unknown = RULE_EVENT) =>
  purgeHandler(fixture.categoryOf('settings').id)(event, { getRemainingTimeInMillis: () => 60_000 } as Context);

/** An event that is right in itself. */
const event = (detailType: string) => ({
  'detail-type': detailType,
  source: 'es-retention.webhook',
  id: randomUUID(),
  detail: { uin: UIN, at: isoInstant(Date.now()) },
});

/** How many entries the ledger holds. */
const owed = async (): Promise<number> =>
  (await fixture.ports(0).ledger.find({ category: fixture.categoryOf('settings').id }, 0)).total;

test('a function bound to another cluster rejects an event, and records it once bound to this one', async () => {
  vi.stubEnv('ENFORCE_CLUSTER_UUID', 'of-another-cluster');
  await expect(invoke(event('Account Deleted'))).rejects.toMatchObject({ code: 'wrong-cluster' });
  expect(await owed()).toBe(0);
  const { cluster_uuid } = await fixture.client.info();
  vi.stubEnv('ENFORCE_CLUSTER_UUID', cluster_uuid);
  expect(await invoke(event('Account Deleted'))).toMatchObject({ outcome: 'recorded' });
  expect(await owed()).toBe(1);
});

test('a deployment that only observes records what is owed', async () => {
  vi.stubEnv('ENFORCE_CLUSTER_UUID', '');
  expect(await invoke(event('Account Deleted'))).toMatchObject({ outcome: 'recorded', states: ['pending'] });
  expect(await owed()).toBe(1);
});

/**
 * A failure queue that holds these events, of which others have received so many. SQS itself runs in the tests of the
 * deployment.
 */
const failureQueue = () => {
  const sqs = mockClient(SQSClient);
  onTestFinished(() => sqs.restore());
  for (const name of ['AWS_REGION', 'FAILURE_QUEUE_URL', 'DEAD_LETTER_QUEUE_URL']) vi.stubEnv(name, 'x');
  let [received, elsewhere]: [readonly unknown[], number] = [[], 0];
  sqs.on(GetQueueAttributesCommand).callsFake(() => ({
    Attributes: { ApproximateNumberOfMessagesNotVisible: `${elsewhere}` },
  }));
  sqs.on(ReceiveMessageCommand).callsFake(() => {
    const Messages = received.map((each, at) => ({ ReceiptHandle: `${at}`, Body: JSON.stringify(each) }));
    received = [];
    return { Messages };
  });
  return {
    holds: (events: readonly unknown[], inOtherHands = 0): void => {
      [received, elsewhere] = [events, inOtherHands];
    },
    sent: () =>
      sqs.commandCalls(SendMessageCommand).map(({ args }) => JSON.parse(args[0].input.MessageBody ?? '') as unknown),
    removed: () => sqs.commandCalls(DeleteMessageCommand).length,
    released: () => sqs.commandCalls(ChangeMessageVisibilityCommand).length,
  };
};

const IMMEDIATE = { ...event('Account Deleted'), detail: { uin: UIN, at: isoInstant(Date.now()), immediate: true } };
const drained = async (message: object): Promise<void> => {
  failureQueue().holds([message]);
  await invoke();
};
/** The ways on which a message of webhook or bus reaches the ledger. */
const ENTRANCES: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['from the bus', () => invoke(IMMEDIATE)],
  ['out of the failure queue', () => drained({ requestPayload: IMMEDIATE })],
  ['sent again by a person', () => drained({ event: IMMEDIATE, code: 'no-keys', reason: 'r' })],
];

test.each(ENTRANCES)(
  'an immediate termination %s keeps the cancel window unless the policy allows skipping it',
  async (_, come) => {
    await come();
    const { obligation } = await fixture.entryOf('settings');
    expect(obligation).toMatchObject({ immediate: false });
    expect((obligation?.eraseFrom ?? 0) - (obligation?.terminatedAt ?? 0)).toBe(3 * DAY);
  },
);

test.each(ENTRANCES)('an immediate termination %s skips the cancel window if the policy allows it', async (_, come) => {
  usePolicy('enforce', 1, true);
  await come();
  const { obligation } = await fixture.entryOf('settings');
  expect(obligation).toMatchObject({ immediate: true });
});

test('a termination older than events are remembered is rejected, and nothing is owed for it', async () => {
  const queue = failureQueue();
  await invoke(event('Account Deleted'));
  const { id } = fixture.categoryOf('settings');
  await fixture
    .ports(0)
    .events(id)
    .noteRemoved(Date.now() - 17 * DAY, Date.now() - DAY);
  const old = { ...event('Account Deleted'), detail: { uin: '7', at: isoInstant(Date.now() - 20 * DAY) } };
  expect(await invoke(old)).toMatchObject({ outcome: 'rejected' });
  expect(queue.sent()).toMatchObject([{ code: 'too-long-ago' }]);
  expect(await owed()).toBe(1);
});

/** Messages about so many accounts of their own, one after the other; what each is answered. */
const flood = async (accounts: number, more: object = {}): Promise<readonly unknown[]> => {
  const states: unknown[] = [];
  for (let at = 0; at < accounts; at++) {
    const detail = { uin: `${UIN}${at}`, at: isoInstant(Date.now() - 4 * DAY) };
    states.push((await invoke({ ...event('Account Deleted'), ...more, detail })) as unknown);
  }
  return states.flatMap((each) => (each as { states: readonly string[] }).states);
};

test('terminations of one source beyond its hourly limit are braked, and a metric counts them', async () => {
  usePolicy('enforce', 1, undefined, 2);
  expect(await flood(4)).toEqual(['pending', 'pending', 'braked', 'braked']);
  // Whatever others call themselves, they share one limit, and not that of the webhook.
  expect(await flood(1, { source: 'accounts' })).toEqual(['pending']);
  const valuesOf = listenToMetrics();
  expect(await invoke()).toMatchObject({ outcome: 'incomplete' });
  expect([valuesOf('ErasuresBraked'), valuesOf('PromiseKept')]).toEqual([[2], [0]]);
});

test.each([
  ['is due first', 6, 0, 24],
  ['is past its deadline', 8, 1, -24],
])('the metrics of deadlines include a braked erasure that %s', async (_, daysOld, overdue, hoursLeft) => {
  usePolicy('enforce', 1, undefined, 1);
  const tell = (uin: string, days: number) =>
    invoke({ ...event('Account Deleted'), detail: { uin, at: isoInstant(Date.now() - days * DAY) } });
  expect(await tell('1', 1)).toMatchObject({ states: ['pending'] });
  expect(await tell('2', daysOld)).toMatchObject({ states: ['braked'] });
  const valuesOf = listenToMetrics();
  await invoke();
  expect([valuesOf('ErasuresBraked'), valuesOf('ErasuresOverdue')]).toEqual([[1], [overdue]]);
  expect(valuesOf('ErasureHoursLeft')).toEqual([expect.closeTo(hoursLeft, 0)]);
});

test('a run that the guard refuses still counts the braked erasures', async () => {
  usePolicy('enforce', 0.5, undefined, 1);
  await fixture.createIndex('settings-a', { a: { uin: `${UIN}0`, '@timestamp': isoInstant(Date.now() - 5 * DAY) } });
  expect(await flood(2)).toEqual(['pending', 'braked']);
  const valuesOf = listenToMetrics();
  expect(await invoke()).toMatchObject({ outcome: 'refused' });
  expect([valuesOf('ErasuresBraked'), valuesOf('PlansRefused')]).toEqual([[1], [1]]);
});

test('for the hourly limit, a message from the failure queue counts in the hour of its arrival', async () => {
  usePolicy('enforce', 1, undefined, 1);
  const letters = [5, 3, 1].map((hours) => ({
    event: { ...event('Account Deleted'), detail: { uin: `${UIN}${hours}`, at: isoInstant(Date.now()) } },
    code: 'no-server',
    reason: 'r',
    since: isoInstant(Date.now() - hours * 3_600_000),
  }));
  failureQueue().holds(letters);
  await invoke();
  const { entries } = await fixture.ports(0).ledger.find({ category: fixture.categoryOf('settings').id }, 10);
  expect(entries.map(({ entry }) => entry.state)).toEqual(['pending', 'pending', 'pending']);
});

/** A document of an account that was deleted four days ago, so that its erasure is due. */
const owedDocument = async (): Promise<() => Promise<unknown>> => {
  const terminatedAt = Date.now() - 4 * DAY;
  const index = await fixture.createIndex('settings-a', { a: { uin: UIN, '@timestamp': isoInstant(terminatedAt) } });
  await fixture.tell('account-deleted', { uin: UIN }, terminatedAt);
  return () => fixture.left(index);
};

test('nothing is erased while another receiver has a message of the failure queue', async () => {
  const left = await owedDocument();
  const queue = failureQueue();
  queue.holds([], 1);
  await expect(invoke()).rejects.toMatchObject({ code: 'not-drained' });
  expect(await left()).toEqual(['a']);
  queue.holds([]);
  expect(await invoke()).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
});

test('nothing is erased while a reinstatement cannot be recorded; it stays queued', async () => {
  const left = await owedDocument();
  const queue = failureQueue();
  const reinstated = event('Account Reinstated');
  vi.stubEnv('RETENTION_ARCHIVE', undefined);
  queue.holds([reinstated]);
  expect(await invoke()).toMatchObject({ outcome: 'rejected', code: 'no-archive' });
  expect([queue.removed(), queue.released()]).toEqual([0, 1]);
  vi.stubEnv('RETENTION_ARCHIVE', fixture.environment.RETENTION_ARCHIVE);
  queue.holds([reinstated]);
  expect(await invoke()).toMatchObject({ outcome: 'complete', documentsRemoved: 0 });
  expect(queue.removed()).toBe(1);
  expect(await left()).toEqual(['a']);
});

test('a queued termination that is given up is reported without its account, also in logs', async () => {
  const queue = failureQueue();
  const lines: string[] = [];
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'ERROR');
  // The logger then writes to the console of this process.
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line));
  vi.stubEnv('RETENTION_ARCHIVE', undefined);
  const old = { ...event('Account Deleted'), id: 'msg_old' };
  const since = isoInstant(Date.now() - 20 * DAY);
  queue.holds([{ event: old, code: 'no-keys', reason: 'r', since }]);
  await invoke();
  const left = { 'detail-type': 'Account Deleted', id: 'msg_old' };
  expect(queue.sent()).toMatchObject([{ event: left, code: 'no-archive', since, isReport: true }]);
  expect(queue.removed()).toBe(1);
  const said = lines.map((line) => JSON.parse(line)).filter(({ message }) => message.includes('given up'));
  expect(said).toMatchObject([{ code: 'no-archive', since, event: left }]);
  expect(JSON.stringify([queue.sent(), lines])).not.toContain(UIN);
});

/** An erasure that was closed by a run that could issue no receipt for it. Returns its request. */
const owedReceipt = async (): Promise<string> => {
  const terminatedAt = Date.now() - 4 * DAY;
  await fixture.createIndex('settings-a', { a: { uin: UIN, '@timestamp': isoInstant(terminatedAt - 1) } });
  const requestId = await fixture.tell('feature-terminated', { uin: UIN }, terminatedAt);
  await fixture.erase('settings', Date.now());
  return requestId;
};

/** Listens to the metrics that are sent, and returns what returns the values of one. */
const listenToMetrics = () => {
  // Outside Lambda, Powertools writes to a console of its own.
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  const lines = vi.spyOn(console, 'log').mockReturnValue(undefined);
  return (metric: string): readonly number[] =>
    lines.mock.calls
      .flatMap(([line]) => metricsIn(line))
      .flatMap(({ name, value }) => (name === metric ? [value] : []));
};

test('a run ends without error and without metrics if another run is active', async () => {
  const left = await owedDocument();
  const valuesOf = listenToMetrics();
  const { leases } = ownIndices(fixture.terminationPolicy, fixture.categoryOf('settings').id);
  const requests = { timeout: () => 30_000 };
  const another = elasticsearchLeases(fixture.client, requests, Date.now, leases);
  const lease = await another.acquire(fixture.categoryOf('settings').id, 'another');
  expect(await invoke()).toEqual({ outcome: 'lease-held', runId: expect.any(String) });
  expect([valuesOf('RunsReported'), valuesOf('PromiseKept')]).toEqual([[], []]);
  expect(await left()).toEqual(['a']);
  await lease.release();
  expect(await invoke()).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
  expect([valuesOf('RunsReported'), valuesOf('PromiseKept')]).toEqual([[1], [1]]);
});

test('a run fails if the ledger does not answer after the report, but its report is counted', async () => {
  await owedDocument();
  const valuesOf = listenToMetrics();
  let isReported = false;
  const faulty = await watchingProxy(inject('elasticsearchUrl'), async (line) => {
    if (isReported && /ledger[^/]*\/_search/.test(line)) throw new Error('gone');
    isReported ||= /^PUT \/retention-[^/]*reports\.[^/]*\/_create\/[^/]*\.closed/.test(line);
  });
  onTestFinished(faulty.close);
  vi.stubEnv('ELASTICSEARCH_URL', faulty.url);
  await expect(invoke()).rejects.toThrow();
  expect([valuesOf('RunsReported'), valuesOf('PromiseKept')]).toEqual([[1], [0]]);
});

test('a promise is not kept while due receipts cannot be issued', async () => {
  const requestId = await owedReceipt();
  const valuesOf = listenToMetrics();
  const kept = () => valuesOf('PromiseKept');
  vi.stubEnv('RETENTION_ARCHIVE', undefined);
  expect(await invoke()).toMatchObject({ outcome: 'rejected', code: 'no-archive' });
  expect(kept()).toEqual([0]);
  vi.stubEnv('RETENTION_ARCHIVE', fixture.environment.RETENTION_ARCHIVE);
  expect(await invoke()).toMatchObject({ outcome: 'complete' });
  expect(kept()).toEqual([0, 1]);
  expect(valuesOf('RunsReported')).toEqual([1, 1]);
  expect(await fixture.receiptsOf(requestId, 'settings')).toHaveLength(1);
});

test('a promise is not kept while due receipts are not issued for lack of time', async () => {
  const requestId = await owedReceipt();
  const valuesOf = listenToMetrics();
  let left = 60_000;
  const proxy = await watchingProxy(inject('elasticsearchUrl'), (line) => {
    // Less than is kept for finishing the erasures.
    if (/^PUT \/retention-[^/]*reports\.[^/]*\/_create\/[^/]*\.closed/.test(line)) left = 5_000;
  });
  onTestFinished(proxy.close);
  vi.stubEnv('ELASTICSEARCH_URL', proxy.url);
  const context = { getRemainingTimeInMillis: () => left } as Context;
  expect(await purgeHandler(fixture.categoryOf('settings').id)(RULE_EVENT, context)).toMatchObject({ kept: true });
  expect(await fixture.receiptsOf(requestId, 'settings')).toHaveLength(0);
  expect([valuesOf('RunsReported'), valuesOf('PromiseKept')]).toEqual([[1], [0]]);
  await invoke();
  expect(await fixture.receiptsOf(requestId, 'settings')).toHaveLength(1);
  expect(valuesOf('PromiseKept')).toEqual([0, 1]);
});

test.each([
  ['issues the receipts that are due all the same', 'enforce', 1],
  ['issues none where it only observes', 'observe', 0],
] as const)('a run that is refused %s', async (_, mode, receipts) => {
  const requestId = await owedReceipt();
  const terminatedAt = Date.now() - 4 * DAY;
  await fixture.createIndex('settings-b', { b: { uin: '7', '@timestamp': isoInstant(terminatedAt - 1) } });
  await fixture.tell('account-deleted', { uin: '7' }, terminatedAt);
  usePolicy(mode, 0.5);
  expect(await invoke()).toMatchObject({ outcome: 'refused' });
  expect(await fixture.receiptsOf(requestId, 'settings')).toHaveLength(receipts);
});

test('observe mode seals openings of an earlier version, and issues no receipt', async () => {
  const requestId = await owedReceipt();
  const { ledger } = fixture.ports(0);
  const [read] = (await ledger.find({ category: fixture.categoryOf('settings').id }, 1)).entries as [ReadEntry];
  const opening = fixture.openingIn(read.entry);
  const closures = read.entry.closures.map((closure) => ({ ...closure, opening }));
  await ledger.write([{ entry: { ...read.entry, closures }, read }]);
  usePolicy('observe');
  expect(await invoke()).toMatchObject({ outcome: 'observed' });
  const entry = await fixture.entryOf('settings');
  // It opens as before, and proves nothing of what the closure says.
  expect(entry.closures.map((each) => typeof each.opening)).toEqual(['object']);
  expect({ ...entry, closures: [] }).toEqual({ ...read.entry, closures: [] });
  expect(fixture.openingIn(entry)).toBe(opening);
  expect(await fixture.receiptsOf(requestId, 'settings')).toHaveLength(0);
});
