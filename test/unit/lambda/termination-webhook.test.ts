import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { type AwsClientStub, mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { forgetSecrets } from '../../../lib/adapters/aws/secrets.ts';
import { eventFromBus } from '../../../lib/erasure/intake/bus-event.ts';
import { terminationWebhook } from '../../../lib/lambda/webhook/termination-webhook.ts';
import { DAY } from '../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../lib/policy/time/instant.ts';
import { httpEvent, MESSAGE_ID, OTHER_SECRET, SECRET, signedHeaders } from '../../support/erasure/signed-webhook.ts';
import { EXAMPLE_POLICY, EXAMPLE_POLICY_FILE } from '../../support/policy/example-policy.ts';

const NOW = Date.parse('2026-11-24T09:00:00.500Z');
const UIN = '100004711';
const BODY = JSON.stringify({
  type: 'account.deleted',
  timestamp: '2026-11-24T08:59:00Z',
  note: 'confidential',
  data: { uin: UIN, terminatedAt: '2026-11-24T08:58:00Z' },
});

// EventBridge itself cannot run here: the client is the real one, its sending is not.
let bus: AwsClientStub<EventBridgeClient>;
let lines: string[];

beforeEach(() => {
  bus = mockClient(EventBridgeClient);
  bus.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: 'e-1' }] });
  lines = [];
  // The logger then writes to the console of this process, where a test can look.
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'DEBUG');
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('EVENT_BUS_NAME', 'retention');
  vi.stubEnv('WEBHOOK_SECRETS', SECRET);
  vi.stubEnv('DEPLOYMENT_STAGE', 'test');
  vi.stubEnv('RETENTION_POLICY', EXAMPLE_POLICY_FILE);
  // While it writes for a developer it sends no metrics, unless told to.
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  for (const level of ['debug', 'info', 'warn', 'error', 'log'] as const)
    vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(line));
});
afterEach(() => {
  bus.restore();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const receive = async (event: APIGatewayProxyEventV2, options: Parameters<typeof terminationWebhook>[0] = {}) => {
  const answer = await terminationWebhook({ clock: () => NOW, ...options })(event, {} as Context);
  return { ...answer, body: JSON.parse(answer.body ?? 'null') };
};

const signed = (body: string, changes: Parameters<typeof httpEvent>[2] = {}, at = NOW) =>
  httpEvent(body, signedHeaders(body, { at }), changes);

const published = () => bus.commandCalls(PutEventsCommand).flatMap(({ args }) => args[0].input.Entries ?? []);
const written = () => lines.map((line) => JSON.parse(line));
const logged = () => written().filter((line) => !('_aws' in line));
/** How many signed messages were counted as refused. */
const counted = () => written().filter((line) => '_aws' in line);

/** The example policy, changed, in a file. */
const policyFile = (change: (text: string) => string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-webhook-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'policy.yml'), change(EXAMPLE_POLICY));
  return join(folder, 'policy.yml');
};

const changed = (changes: object, data: object = {}) =>
  JSON.stringify({ ...JSON.parse(BODY), ...changes, data: { ...JSON.parse(BODY).data, ...data } });

const allowImmediate = (): void =>
  void vi.stubEnv(
    'RETENTION_POLICY',
    policyFile((text) => text.replace('immediate: false', 'immediate: true')),
  );

describe('a signed termination with immediate: true', () => {
  const at = '2026-11-24T08:58:00.000Z';

  test('keeps the cancel window if the policy forbids immediate terminations, and the answer says so', async () => {
    const { statusCode, body } = await receive(signed(changed({}, { immediate: true })));
    expect({ statusCode, body }).toEqual({ statusCode: 202, body: { requestId: MESSAGE_ID, immediate: false } });
    expect(published()).toMatchObject([{ Detail: JSON.stringify({ requestId: MESSAGE_ID, uin: UIN, at }) }]);
  });

  test('skips the cancel window if the policy allows it, and the answer says so', async () => {
    allowImmediate();
    const { body } = await receive(signed(changed({}, { immediate: true })));
    expect(body).toEqual({ requestId: MESSAGE_ID, immediate: true });
    const Detail = JSON.stringify({ requestId: MESSAGE_ID, uin: UIN, at, immediate: true });
    expect(published()).toMatchObject([{ Detail }]);
  });
});

describe('a signed termination', () => {
  test('is published and answered with its id', async () => {
    expect(await receive(signed(BODY))).toEqual({
      statusCode: 202,
      headers: { 'content-type': 'application/json' },
      body: { requestId: MESSAGE_ID },
    });
    expect(published()).toEqual([
      {
        EventBusName: 'retention',
        Source: 'es-retention.webhook',
        DetailType: 'Account Deleted',
        Detail: JSON.stringify({ requestId: MESSAGE_ID, uin: UIN, at: '2026-11-24T08:58:00.000Z' }),
      },
    ]);
  });

  test('is read by the functions from the bus', async () => {
    allowImmediate();
    await receive(signed(changed({ type: 'feature.terminated' }, { sdkAppId: '14', immediate: true })));
    const [{ DetailType, Detail = '' } = {}] = published();
    const event = { 'detail-type': DetailType, source: 'es-retention.webhook', detail: JSON.parse(Detail) };
    expect(eventFromBus(event, { now: NOW, memory: 45 * DAY })).toEqual({
      requestId: MESSAGE_ID,
      type: 'feature-terminated',
      subject: { uin: UIN, sdkAppId: '14' },
      at: Date.parse('2026-11-24T08:58:00Z'),
      immediate: true,
    });
  });

  test('may be a CloudEvent of the policy, encoded by an HTTP API', async () => {
    const cloudEvents =
      'webhook: { cloudEvents: [{ source: /accounts, type: com.example.account.deleted, means: account.deleted }] }';
    vi.stubEnv(
      'RETENTION_POLICY',
      policyFile((text) => `${text}\n${cloudEvents}\n`),
    );
    const body = changed({ specversion: '1.0', id: '42', source: '/accounts', type: 'com.example.account.deleted' });
    const event = signed(body, { body: Buffer.from(body).toString('base64'), isBase64Encoded: true });
    event.headers['content-type'] = 'application/cloudevents+json';
    expect(await receive(event)).toMatchObject({ statusCode: 202 });
  });

  test.each([false, true])('may contain text beyond ASCII (base64: %s)', async (isBase64Encoded) => {
    const body = changed({ note: 'Zürich 東京 🗑️' });
    const sent = isBase64Encoded ? Buffer.from(body).toString('base64') : body;
    expect(await receive(signed(body, { body: sent, isBase64Encoded }))).toMatchObject({ statusCode: 202 });
  });

  test('is accepted with its headers in any case', async () => {
    const headers = Object.entries(signedHeaders(BODY, { at: NOW })).map(([name, value]) => [
      name.toUpperCase(),
      value,
    ]);
    expect(await receive(httpEvent(BODY, Object.fromEntries(headers)))).toMatchObject({ statusCode: 202 });
  });

  test('is published again with the same content if it is repeated', async () => {
    await receive(signed(BODY));
    expect(await receive(signed(BODY))).toMatchObject({ statusCode: 202 });
    expect(published()).toHaveLength(2);
    expect(new Set(published().map(({ Detail }) => Detail)).size).toBe(1);
  });

  test('is accepted with either secret during a rotation', async () => {
    vi.stubEnv('WEBHOOK_SECRETS', `${OTHER_SECRET} ${SECRET}`);
    const byNew = httpEvent(BODY, signedHeaders(BODY, { at: NOW, secret: OTHER_SECRET }));
    expect(await receive(signed(BODY))).toMatchObject({ statusCode: 202 });
    expect(await receive(byNew)).toMatchObject({ statusCode: 202 });
  });
});

test('a ping is answered, and nothing is published', async () => {
  expect(await receive(signed('{"type":"webhook.ping","data":{}}'))).toMatchObject({
    statusCode: 202,
    body: { requestId: MESSAGE_ID },
  });
  expect(published()).toEqual([]);
  expect(await receive(httpEvent('{"type":"webhook.ping"}', {}))).toMatchObject({ statusCode: 401 });
});

describe('a request without a valid signature', () => {
  const problem = (code: string, detail: string) => ({
    statusCode: 401,
    headers: { 'content-type': 'application/problem+json' },
    body: { type: 'about:blank', title: 'Unauthorized', status: 401, detail: expect.stringContaining(detail), code },
  });

  test.each([
    ['has no signature', httpEvent(BODY, {}), 'unsigned'],
    [
      'is signed by the wrong key',
      httpEvent(BODY, signedHeaders(BODY, { at: NOW, secret: OTHER_SECRET })),
      'wrong-signature',
    ],
    ['is altered', httpEvent(changed({}, { uin: '100004712' }), signedHeaders(BODY, { at: NOW })), 'wrong-signature'],
    ['is base64 that was not decoded', signed(BODY, { body: Buffer.from(BODY).toString('base64') }), 'wrong-signature'],
    ['has no body', httpEvent('', {}, { body: undefined as never }), 'unsigned'],
  ])('is rejected with the same text if it %s', async (_, event, code) => {
    const answer = await receive(event);
    expect(answer).toEqual(problem(code, 'webhook-id'));
    expect(answer.body.detail).toBe((await receive(httpEvent('', {}))).body.detail);
    expect(published()).toEqual([]);
    // Anybody can bring it about: nobody is woken for it.
    expect(counted()).toEqual([]);
  });

  test.each([
    ['old', NOW - 301_000, 'one 301 seconds behind it'],
    ['ahead', NOW + 301_000, 'one 301 seconds ahead of it'],
  ])('is told how far its clock is off if it is more than five minutes %s', async (_, at, found) => {
    expect(await receive(signed(BODY, {}, at))).toEqual(problem('stale-timestamp', found));
  });

  test('is logged with the reason, without the id that it claims', async () => {
    await receive(httpEvent(BODY, signedHeaders(BODY, { at: NOW, secret: OTHER_SECRET })));
    expect(logged()).toMatchObject([{ level: 'WARN', statusCode: 401, code: 'wrong-signature' }]);
    expect(lines.join()).not.toContain(MESSAGE_ID);
  });
});

describe('a signed request with wrong content', () => {
  test.each([
    ['not JSON', 'uin=1', 'not-json', 'body'],
    ['of an account that is a number', changed({}, { uin: 100004711 }), 'bad-termination', 'data.uin'],
    ['misspelt', changed({ type: 'feature.terminated' }, { sdkAppID: '14' }), 'unknown-key', 'data.sdkAppID'],
    ['of another type', changed({ type: 'account.created' }), 'unknown-event', 'type'],
    ['too old', changed({}, { terminatedAt: isoInstant(NOW - 46 * DAY) }), 'too-long-ago', 'data.terminatedAt'],
    ['too far ahead', changed({}, { terminatedAt: isoInstant(NOW + 367 * DAY) }), 'too-far-ahead', 'data.terminatedAt'],
    [
      'a return that has not happened yet',
      changed({ type: 'account.reinstated' }, { terminatedAt: undefined, reinstatedAt: isoInstant(NOW + DAY) }),
      'too-far-ahead',
      'data.reinstatedAt',
    ],
  ])('is answered with the name of the wrong field: it is %s', async (_, body, code, field) => {
    expect(await receive(signed(body))).toEqual({
      statusCode: 400,
      headers: { 'content-type': 'application/problem+json' },
      body: {
        type: 'about:blank',
        title: 'Bad Request',
        status: 400,
        detail: expect.stringMatching(/^Expected .*; found .*\. .*\.$/),
        code,
        field,
      },
    });
    expect(published()).toEqual([]);
    expect(logged()).toMatchObject([{ level: 'ERROR', statusCode: 400, code, requestId: MESSAGE_ID }]);
    expect(counted()).toMatchObject([{ service: 'es-retention', stage: 'test', WebhookMessagesRefused: 1 }]);
  });

  test('is answered with the field webhook-id if its id is wrong', async () => {
    const event = httpEvent(BODY, signedHeaders(BODY, { at: NOW, id: 'a/b' }));
    expect(await receive(event)).toMatchObject({ statusCode: 400, body: { field: 'webhook-id' } });
  });

  test("is refused for its age only if it is older than the ledger's memory", async () => {
    const body = changed({}, { terminatedAt: isoInstant(NOW - 46 * DAY) });
    expect(await receive(signed(body))).toMatchObject({ statusCode: 400 });
    vi.stubEnv(
      'RETENTION_POLICY',
      policyFile((text) => text.replace('backups: P30D', 'backups: P31D')),
    );
    expect(await receive(signed(body))).toMatchObject({ statusCode: 202 });
  });
});

describe('under a policy without an application field', () => {
  const ended = (data: object) => signed(changed({ type: 'feature.terminated' }, data));
  beforeEach(() =>
    vi.stubEnv(
      'RETENTION_POLICY',
      policyFile((text) => text.replace(/^.*applicationField:.*\n/m, '')),
    ),
  );

  test('the end of an application is refused, since nothing could be erased', async () => {
    const { statusCode, body } = await receive(ended({ sdkAppId: '14' }));
    expect([statusCode, body.code, body.field]).toEqual([400, 'bad-termination', 'data.sdkAppId']);
    expect(body.detail).toContain('the policy names no applicationField');
    expect(published()).toEqual([]);
  });

  test('the end of the whole account is accepted', async () => {
    expect(await receive(ended({}))).toMatchObject({ statusCode: 202 });
  });

  test('the reinstatement of one application is accepted, since it erases nothing', async () => {
    const data = { terminatedAt: undefined, reinstatedAt: '2026-11-24T08:58:00Z', sdkAppId: '14' };
    expect(await receive(signed(changed({ type: 'account.reinstated' }, data)))).toMatchObject({ statusCode: 202 });
  });
});

describe('secrets in Secrets Manager', () => {
  let secrets: AwsClientStub<SecretsManagerClient>;
  beforeEach(() => {
    // Secrets Manager itself runs in the tests of the deployment.
    secrets = mockClient(SecretsManagerClient);
    vi.stubEnv('WEBHOOK_SECRETS', '');
    vi.stubEnv('WEBHOOK_SECRETS_SECRET', 'es-retention/test/webhook');
    vi.useFakeTimers({ toFake: ['Date'] });
    forgetSecrets();
  });
  afterEach(() => {
    secrets.restore();
    vi.useRealTimers();
  });
  const holds = (SecretString: string) => secrets.on(GetSecretValueCommand).resolves({ SecretString });
  const fetched = () => secrets.commandCalls(GetSecretValueCommand).length;

  test('are fetched again after a wrong signature, but at most once a minute', async () => {
    holds(OTHER_SECRET);
    expect(await receive(signed(BODY))).toMatchObject({ statusCode: 401 });
    holds(SECRET);
    // Anybody can send a wrong signature: that alone fetches nothing.
    expect(await receive(signed(BODY))).toMatchObject({ statusCode: 401 });
    expect(fetched()).toBe(1);
    vi.setSystemTime(Date.now() + 61_000);
    expect(await receive(signed(BODY))).toMatchObject({ statusCode: 202 });
    expect(await receive(signed(BODY))).toMatchObject({ statusCode: 202 });
    expect(fetched()).toBe(2);
  });

  test('that cannot be fetched cause an answer with 5xx, never 4xx', async () => {
    secrets.on(GetSecretValueCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
    expect((await receive(signed(BODY))).statusCode).toBeGreaterThanOrEqual(500);
    holds(SECRET);
    expect(await receive(signed(BODY))).toMatchObject({ statusCode: 202 });
  });
});

describe('the webhook', () => {
  const bodyOf = (bytes: number) => BODY.padEnd(bytes);

  test('refuses a body of more than 64 KiB, counted after decoding', async () => {
    const largest = bodyOf(65_536);
    const encoded = { body: Buffer.from(largest).toString('base64'), isBase64Encoded: true };
    expect(await receive(signed(largest))).toMatchObject({ statusCode: 202 });
    expect(await receive(signed(largest, encoded))).toMatchObject({ statusCode: 202 });
    expect(await receive(signed(bodyOf(65_537)))).toMatchObject({
      statusCode: 413,
      body: { title: 'Payload Too Large', status: 413, detail: 'Expected at most 65536 bytes.' },
    });
    expect(await receive(httpEvent('ü'.repeat(40_000), {}))).toMatchObject({ statusCode: 413 });
    expect(logged().at(-1)).toMatchObject({ level: 'WARN', statusCode: 413 });
  });

  test.each(['GET', 'PUT', 'OPTIONS', 'DELETE'])('refuses the method %s', async (method) => {
    expect(await receive(signed(BODY, { method }))).toMatchObject({ statusCode: 405, headers: { allow: 'POST' } });
    expect(published()).toEqual([]);
  });
});

describe('a failure of the webhook itself', () => {
  test.each([
    ['a failed entry', () => bus.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'X' }] })],
    ['an error', () => bus.on(PutEventsCommand).rejects(new Error('connect ECONNREFUSED'))],
  ])('is answered with 503 and Retry-After if the bus refuses the event with %s', async (_, arrange) => {
    arrange();
    expect(await receive(signed(BODY))).toMatchObject({
      statusCode: 503,
      headers: { 'content-type': 'application/problem+json', 'retry-after': '60' },
      body: { status: 503 },
    });
    expect(logged()).toMatchObject([{ level: 'ERROR', statusCode: 503, code: 'bus-refused', requestId: MESSAGE_ID }]);
  });

  test.each([
    ['EVENT_BUS_NAME', 'no-bus-named'],
    ['WEBHOOK_SECRETS', 'bad-webhook-secrets'],
  ])('is answered with 500 while %s is not set, since the sender did nothing wrong', async (name, code) => {
    vi.stubEnv(name, undefined);
    expect(await receive(signed(BODY))).toMatchObject({ statusCode: 500, body: { status: 500 } });
    expect(logged()).toMatchObject([{ level: 'ERROR', statusCode: 500, code }]);
    vi.stubEnv(name, { EVENT_BUS_NAME: 'retention', WEBHOOK_SECRETS: SECRET }[name]);
    expect(await receive(signed(BODY))).toMatchObject({ statusCode: 202 });
  });

  test('is answered with 500 if the function is invoked without a request', async () => {
    expect(await receive({} as APIGatewayProxyEventV2)).toMatchObject({ statusCode: 500 });
    expect(logged()).toMatchObject([{ level: 'ERROR', statusCode: 500, code: 'unknown' }]);
  });
});

describe('the log', () => {
  test('contains the request id and the outcome, but never the id of an earlier request', async () => {
    const handler = terminationWebhook({ clock: () => NOW });
    await handler(signed(BODY), {} as Context);
    await handler(httpEvent(BODY, {}), {} as Context);
    const [first, second, ...rest] = logged();
    expect(first).toMatchObject({ level: 'INFO', message: '202 published', statusCode: 202, requestId: MESSAGE_ID });
    expect(second).toMatchObject({ level: 'WARN', statusCode: 401 });
    expect(second.requestId).toBeUndefined();
    expect(rest).toEqual([]);
  });

  test('never contains a subject, a body or a secret, whatever happens', async () => {
    bus.on(PutEventsCommand).resolvesOnce({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'X', ErrorMessage: UIN }] });
    for (const body of [
      BODY,
      changed({}, { uin: Number(UIN) }),
      changed({}, { uin: `${UIN} ` }),
      changed({}, { [UIN]: true }),
      changed({}, { [`u${UIN}`]: true }),
      changed({ type: UIN }),
      changed({}, { terminatedAt: UIN }),
      BODY.slice(0, -1),
      BODY.padEnd(70_000),
      BODY,
    ]) {
      await receive(signed(body));
      await receive(httpEvent(body, {}));
    }
    expect(logged()).toHaveLength(20);
    expect(lines.join()).not.toContain(UIN);
    expect(lines.join()).not.toContain('confidential');
    expect(lines.join()).not.toContain(SECRET.slice('whsec_'.length));
  });
});

test('the function file contains the handler only', async () => {
  const source = readFileSync(new URL('../../../functions/receive-termination.ts', import.meta.url), 'utf8');
  expect(source.trim().split('\n').length).toBeLessThan(10);
  const { handler } = await import('../../../functions/receive-termination.ts');
  const body = changed({}, { terminatedAt: isoInstant(Date.now()) });
  const event = httpEvent(body, signedHeaders(body, { at: Date.now() }));
  expect(await handler(event, {} as Context)).toMatchObject({ statusCode: 202 });
});
