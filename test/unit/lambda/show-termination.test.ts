import { readFileSync } from 'node:fs';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { InputError, TransientError } from '../../../lib/base/errors.ts';
import { recordAccountEvent } from '../../../lib/erasure/recording/record-account-event.ts';
import { showTermination } from '../../../lib/lambda/webhook/show-termination.ts';
import { recordPortsOn, TERMINATED } from '../../support/erasure/erasure-fixture.ts';
import { httpEvent, OTHER_SECRET, SECRET, signedHeaders } from '../../support/erasure/signed-webhook.ts';
import { inMemoryEventLogs, inMemoryLedger } from '../../support/in-memory/records/in-memory-ledger.ts';
import { EXAMPLE_POLICY_FILE, examplePolicy } from '../../support/policy/example-policy.ts';
import { NOW } from '../../support/purge/purge-fixture.ts';

const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const UIN = '9007199254740993';
const CONTEXT = { getRemainingTimeInMillis: () => 10_000 } as Context;

let lines: string[];
beforeEach(() => {
  lines = [];
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'DEBUG');
  vi.stubEnv('WEBHOOK_SECRETS', SECRET);
  vi.stubEnv('RETENTION_POLICY', EXAMPLE_POLICY_FILE);
  for (const level of ['debug', 'info', 'warn', 'error', 'log'] as const)
    vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** The event of a GET, as an HTTP API passes it on. */
const asked = (
  headers: Record<string, string>,
  { requestId = ID, method = 'GET', body = '' }: { requestId?: string; method?: string; body?: string } = {},
): APIGatewayProxyEventV2 =>
  httpEvent(body, headers, {
    method,
    routeKey: 'GET /terminations/{requestId}',
    rawPath: `/terminations/${requestId}`,
    pathParameters: { requestId },
  });

const signed = (id = ID, at = NOW, secret = SECRET) => signedHeaders('', { id, at, secret });

/** Records in memory, and how often somebody opened and closed them. */
const world = async () => {
  const [ledger, events] = [inMemoryLedger(), inMemoryEventLogs()];
  const opened = { times: 0, open: 0 };
  const open = vi.fn(async () => {
    opened.times += 1;
    opened.open += 1;
    const close = async (): Promise<void> => {
      opened.open -= 1;
    };
    return { ledger, events, close };
  });
  const record = (requestId: string) =>
    recordAccountEvent(
      { requestId, type: 'account-deleted', subject: { uin: UIN }, at: TERMINATED, immediate: false },
      [...examplePolicy.categories.values()],
      recordPortsOn({ ledger, events }, examplePolicy),
    );
  const show = async (event: APIGatewayProxyEventV2) => {
    const answer = await showTermination({ clock: () => NOW, open })(event, CONTEXT);
    return { ...answer, body: JSON.parse(answer.body ?? 'null') };
  };
  return { opened, open, record, show, ledger };
};

describe('a signed question about a termination', () => {
  test('is answered with the state of each category, and names no account', async () => {
    const { show, record, opened } = await world();
    await record(ID);
    const answer = await show(asked(signed()));
    expect(answer).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    });
    expect(answer.body).toEqual({
      requestId: ID,
      done: false,
      categories: [
        {
          category: 'console-configuration',
          type: 'account.deleted',
          state: 'pending',
          eraseFrom: new Date(TERMINATED + 3 * 86_400_000).toISOString(),
          eraseBy: new Date(TERMINATED + 7 * 86_400_000).toISOString(),
          overdue: false,
        },
      ],
    });
    const [, shown = ''] = /```json\n(\{\s*"requestId".*?)```/s.exec(readFileSync('docs/webhook.md', 'utf8')) ?? [];
    const keysOf = ({ categories: [first], ...rest }: typeof answer.body) => [Object.keys(rest), Object.keys(first)];
    expect(keysOf(JSON.parse(shown)).map((keys) => keys.sort())).toEqual(
      keysOf(answer.body).map((keys) => keys.sort()),
    );
    expect(opened).toEqual({ times: 1, open: 0 });
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ level: 'INFO', statusCode: 200, requestId: ID });
    expect(lines.join()).not.toContain(UIN);
  });

  test('that nobody recorded is answered with 404, and with what to do', async () => {
    const { show, record } = await world();
    await record('msg_another');
    const { statusCode, headers, body } = await show(asked(signed()));
    expect(statusCode).toBe(404);
    expect(headers).toEqual({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' });
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      code: 'unknown-request',
      detail: expect.stringMatching(/^Expected a request id that .* 45 d; found no record .*\. Ask again .*\.$/),
    });
  });

  test('is accepted with either secret during a rotation', async () => {
    const { show, record } = await world();
    await record(ID);
    vi.stubEnv('WEBHOOK_SECRETS', `${OTHER_SECRET} ${SECRET}`);
    expect(await show(asked(signed()))).toMatchObject({ statusCode: 200 });
    expect(await show(asked(signed(ID, NOW, OTHER_SECRET)))).toMatchObject({ statusCode: 200 });
  });

  test('about an id that the signature does not cover is refused, whether it exists or not', async () => {
    const { show, record, opened } = await world();
    await record(ID);
    const answers = await Promise.all([ID, 'msg_none'].map((requestId) => show(asked(signed('msg_1'), { requestId }))));
    expect(answers[0]).toMatchObject({ statusCode: 400, body: { code: 'other-request', field: 'webhook-id' } });
    expect(answers[1]).toEqual(answers[0]);
    expect(opened.times).toBe(0);
  });

  test('is refused without reading any records if its method is not GET', async () => {
    const { show, opened } = await world();
    const answer = await show(asked(signed(), { method: 'DELETE' }));
    expect(answer).toMatchObject({ statusCode: 405, headers: { allow: 'GET' } });
    expect(opened.times).toBe(0);
  });
});

describe('a question without a valid signature', () => {
  const message = JSON.stringify({ type: 'account.deleted', data: { uin: UIN } });

  test.each([
    ['has no signature', {}, {}],
    ['is signed by the wrong key', signed(ID, NOW, OTHER_SECRET), {}],
    ['is older than five minutes', signed(ID, NOW - 301_000), {}],
    ['is dated ahead', signed(ID, NOW + 301_000), {}],
    ['repeats the headers of a message', signedHeaders(message, { id: ID, at: NOW }), {}],
    ['repeats a message as a whole', signedHeaders(message, { id: ID, at: NOW }), { body: message }],
  ])('does not show whether an id exists if it %s', async (_, headers, changes) => {
    const { show, record, opened } = await world();
    const before = await show(asked(headers, changes));
    await record(ID);
    const after = await show(asked(headers, changes));
    expect(after).toMatchObject({ statusCode: 401 });
    expect(after).toEqual(before);
    expect(opened.times).toBe(0);
    expect(lines.join()).not.toContain(ID);
  });
});

describe('a question that cannot be answered', () => {
  const broken = new TransientError('no-server', { expected: 'an answer', found: UIN, fix: 'Wait.' });

  test('gets a 503 if a ledger does not answer, and the records are closed', async () => {
    const { show, record, ledger, opened } = await world();
    await record(ID);
    vi.spyOn(ledger, 'read').mockRejectedValue(broken);
    const { statusCode, headers, body } = await show(asked(signed()));
    expect([statusCode, headers?.['retry-after'], body.code]).toEqual([503, '60', 'try-again']);
    expect(JSON.stringify(body)).not.toContain(UIN);
    expect(opened.open).toBe(0);
  });

  test('gets a 500 if our key lacks a privilege', async () => {
    const { show, open } = await world();
    open.mockRejectedValue(new InputError('missing-privilege', { expected: 'a', found: 'b', fix: 'c' }));
    expect(await show(asked(signed()))).toMatchObject({ statusCode: 500, body: { code: 'not-working' } });
  });

  test('is answered at a second attempt if the first key was wrong', async () => {
    const { show, record, open } = await world();
    await record(ID);
    open.mockRejectedValueOnce(new InputError('wrong-key', { expected: 'a', found: 'b', fix: 'c' }));
    expect(await show(asked(signed()))).toMatchObject({ statusCode: 200 });
    expect(open).toHaveBeenCalledTimes(2);
  });

  test('gets a 500, not a 401, if the webhook secret cannot be fetched', async () => {
    const secrets = mockClient(SecretsManagerClient);
    onTestFinished(() => secrets.restore());
    secrets.on(GetSecretValueCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
    vi.stubEnv('WEBHOOK_SECRETS', '');
    vi.stubEnv('WEBHOOK_SECRETS_SECRET', 'es-retention/test/webhook');
    const { show } = await world();
    expect(await show(asked(signed()))).toMatchObject({ statusCode: 500 });
  });
});
