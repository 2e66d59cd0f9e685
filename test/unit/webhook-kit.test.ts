import { spawn, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { MET_STATES, OPEN_STATES } from '../../lib/erasure/ledger/ledger-entry.ts';
import { recordAccountEvent } from '../../lib/erasure/recording/record-account-event.ts';
import { showTermination } from '../../lib/lambda/webhook/show-termination.ts';
import { terminationWebhook } from '../../lib/lambda/webhook/termination-webhook.ts';
import { recordPortsOn, TERMINATED } from '../support/erasure/erasure-fixture.ts';
import { httpEvent, SECRET } from '../support/erasure/signed-webhook.ts';
import { inMemoryEventLogs, inMemoryLedger } from '../support/in-memory/records/in-memory-ledger.ts';
import { EXAMPLE_POLICY, EXAMPLE_POLICY_FILE, examplePolicy } from '../support/policy/example-policy.ts';

// What is handed to whoever sends webhooks: vectors, schema, OpenAPI, a receiver and two senders.

interface Vector {
  readonly name: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly status: number;
  readonly immediate?: boolean;
  readonly code?: string;
  readonly field?: string;
}

const read = (name: string): string => readFileSync(join('docs/webhook', name), 'utf8');
const { secret, now, policy, vectors } = JSON.parse(read('vectors.json'));
const VECTORS: readonly Vector[] = vectors;
const OPENAPI = parse(read('openapi.yml'));
const CODES: readonly string[] = OPENAPI.components.schemas.Problem.properties.code.enum;

const QUESTION = OPENAPI.paths['/terminations/{requestId}'].get;

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-webhook-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};

describe('a test vector', () => {
  test.each(VECTORS)('is answered as specified: $name', async ({ headers, body, status, immediate, code, field }) => {
    const file = join(temporaryFolder(), 'policy.yml');
    writeFileSync(file, `${EXAMPLE_POLICY}\nwebhook: ${JSON.stringify(policy.webhook)}\n`);
    const bus = mockClient(EventBridgeClient);
    onTestFinished(() => bus.restore());
    bus.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: 'e-1' }] });
    for (const [name, value] of Object.entries({
      AWS_REGION: 'eu-west-1',
      EVENT_BUS_NAME: 'retention',
      WEBHOOK_SECRETS: secret,
      RETENTION_POLICY: file,
      POWERTOOLS_LOG_LEVEL: 'SILENT',
      POWERTOOLS_METRICS_DISABLED: 'true',
    }))
      vi.stubEnv(name, value);
    const answer = await terminationWebhook({ clock: () => now * 1000 })(httpEvent(body, headers), {} as Context);
    expect(answer.statusCode).toBe(status);
    expect(JSON.parse(answer.body ?? '')).toMatchObject(
      status === 202
        ? { requestId: headers['webhook-id'], ...(immediate !== undefined && { immediate }) }
        : { code, ...(field !== undefined && { field }) },
    );
    const isPing = body.includes('webhook.ping');
    expect(bus.commandCalls(PutEventsCommand)).toHaveLength(status === 202 && !isPing ? 1 : 0);
  });

  test('is signed as a sender would sign it, if it is accepted', () => {
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    for (const { headers, body, status } of VECTORS) {
      const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = headers;
      if (status !== 202) continue;
      expect(signature).toContain(createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64'));
    }
    expect(secret).toBe(SECRET);
  });
});

describe('the JSON Schema', () => {
  const schema = z.fromJSONSchema(JSON.parse(read('event.schema.json')));
  const SHAPE = ['bad-termination', 'unknown-key', 'misplaced-key', 'unknown-event'];
  const standard = VECTORS.filter(({ body }) => body.includes('"type"') && !body.includes('specversion'));

  test.each(standard.filter(({ status }) => status === 202))('accepts what the webhook accepts: $name', ({ body }) => {
    expect(schema.safeParse(JSON.parse(body)).error).toBeUndefined();
  });

  test.each(standard.filter(({ code = '' }) => SHAPE.includes(code)))(
    'refuses the wrong shapes that the webhook refuses: $name',
    ({ body }) => {
      expect(schema.safeParse(JSON.parse(body)).success).toBe(false);
    },
  );
});

describe('the OpenAPI document', () => {
  const sources = ['lib/erasure', 'lib/lambda', 'lib/adapters'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  );

  test('names every code that an answer may have, and no other code', () => {
    const used = sources.flatMap((source) =>
      [...source.matchAll(/new AccountEventError\(\s*'([a-z-]+)'|refuse\(\s*'([a-z-]+)'|code: '([a-z-]+)' }/g)].map(
        ([, a, b, c]) => a ?? b ?? c ?? '',
      ),
    );
    expect(CODES).toEqual(expect.arrayContaining(VECTORS.flatMap(({ code }) => code ?? [])));
    expect(CODES.filter((code) => !sources.some((source) => source.includes(`'${code}'`)))).toEqual([]);
    const ofWebhook = used.filter((code) => !['unknown-event', 'undelivered'].includes(code));
    expect(ofWebhook.filter((code) => !CODES.includes(code) && code !== 'unwanted')).toEqual([]);
  });

  test('describes answers only with keys that OpenAPI defines', () => {
    for (const { responses } of [OPENAPI.paths['/terminations'].post, QUESTION])
      for (const answer of Object.values<object>(responses))
        for (const key of Object.keys(answer)) expect(['$ref', 'description', 'content', 'headers']).toContain(key);
  });

  test('names the same states of an erasure as docs/webhook.md', () => {
    const { state, ...others } = OPENAPI.components.schemas.Request.properties.categories.items.properties;
    const section = /## What became of a message\n.*?\n## /s.exec(readFileSync('docs/webhook.md', 'utf8'))?.[0] ?? '';
    expect([...section.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, each]) => each)).toEqual(state.enum);
    for (const key of Object.keys(others)) expect(section).toContain(key);
    expect([...MET_STATES, ...OPEN_STATES, 'cancelled', 'recorded', 'unknown'].sort()).toEqual([...state.enum].sort());
  });

  test('names the same status codes as docs/webhook.md', () => {
    const rows = [...readFileSync('docs/webhook.md', 'utf8').matchAll(/^\| (\d{3}(?:, \d{3})*) \|/gm)];
    const told = rows.flatMap(([, statuses = '']) => statuses.split(', '));
    expect(Object.keys(OPENAPI.paths['/terminations'].post.responses)).toEqual(told);
  });
});

/** Runs a program to its end, with nothing in its environment but this. */
const run = async (command: string, args: readonly string[], environment: Readonly<Record<string, string>>) => {
  const child = spawn(command, args, { env: { PATH: process.env.PATH, ...environment } });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [stdout, stderr, [code]] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    once(child, 'close'),
  ]);
  return { code, output: `${stdout}${stderr}` };
};

const receiver = async (): Promise<Readonly<Record<string, string>>> => {
  const child = spawn(process.execPath, ['demo/webhook-receiver.ts'], {
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      RETENTION_POLICY: EXAMPLE_POLICY_FILE,
    },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      const [, url = '', key = ''] = /Send to (\S+), signed with (\S+)\n/.exec(output) ?? [];
      if (key !== '') resolve({ WEBHOOK_URL: url, WEBHOOK_SECRET: key, WEBHOOK_PAUSE: '0.1' });
    });
    child.on('close', () => reject(new Error(`it ended: ${output}`)));
  });
};

const SENDERS: readonly (readonly [command: string, file: string])[] = [
  [process.execPath, 'docs/webhook/send.mjs'],
  ['python3', 'docs/webhook/send.py'],
];

/** Where `CI` is set, a program that is missing is a failure. */
const isThere = (command: string): boolean =>
  process.env.CI !== undefined || spawnSync(command, ['--version']).status === 0;

describe.each(SENDERS.filter(([command]) => isThere(command)))('the sender %s %s', (command, file) => {
  test('sends messages that the receiver accepts, and shows why others are refused', async () => {
    const where = await receiver();
    const send = (...args: string[]) => run(command, [file, ...args], where);
    for (const args of [
      ['account.deleted', '9007199254740993'],
      ['feature.terminated', 'José|"5"', '1400100201'],
      ['account.reinstated', '9007199254740993'],
    ]) {
      const { code, output } = await send(...args);
      expect(output).toMatch(/^msg_\S+ 202 \{"requestId":"msg_/);
      expect(code).toBe(0);
    }
    const refused = await send('account.created', '9007199254740993');
    expect(refused.output).toMatch(/^msg_\S+ 400 .*"code":"unknown-event"/);
    expect(refused.code).toBe(1);
    const forged = await run(command, [file, 'account.deleted', '1'], { ...where, WEBHOOK_SECRET: SECRET });
    expect(forged.output).toMatch(/ 401 .*"code":"wrong-signature"/);
  }, 60_000);

  test('sends a message again, newly signed, while the answer is 503, 429 or 500', async () => {
    const heard: { readonly headers: IncomingMessage['headers']; readonly body: string }[] = [];
    const statuses = [503, 429, 500, 202];
    const server = createServer(async (request, response) => {
      heard.push({ headers: request.headers, body: (await buffer(request)).toString() });
      response.writeHead(statuses[heard.length - 1] ?? 418).end('{}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { code } = await run(command, [file, 'account.deleted', '42'], {
      WEBHOOK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/terminations`,
      WEBHOOK_SECRET: SECRET,
      WEBHOOK_PAUSE: '0.01',
    });
    expect(code).toBe(0);
    expect(heard).toHaveLength(4);
    expect(new Set(heard.map(({ body, headers }) => `${headers['webhook-id']} ${body}`)).size).toBe(1);
    const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
    for (const { headers, body } of heard) {
      const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
      expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(text).digest('base64')}`);
    }
  }, 60_000);
});

test('ask.mjs prints the answer of the function, and its exit code tells if an erasure is open', async () => {
  vi.stubEnv('WEBHOOK_SECRETS', SECRET);
  vi.stubEnv('RETENTION_POLICY', EXAMPLE_POLICY_FILE);
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  const records = { ledger: inMemoryLedger(), events: inMemoryEventLogs() };
  const [requestId, categories] = ['msg_a:b@c', [...examplePolicy.categories.values()]];
  const event = { requestId, subject: { uin: '42' }, at: TERMINATED, immediate: false } as const;
  await recordAccountEvent({ ...event, type: 'account-deleted' }, categories, recordPortsOn(records, examplePolicy));
  const handler = showTermination({ open: async () => ({ ...records, close: async () => undefined }) });
  const server = createServer(async ({ headers, method = '', url = '' }, response) => {
    const pathParameters = { requestId: decodeURIComponent(url.replace('/terminations/', '')) };
    const asked = httpEvent('', headers as Record<string, string>, { method, pathParameters });
    const { statusCode = 0, body } = await handler(asked, { getRemainingTimeInMillis: () => 10_000 } as Context);
    response.writeHead(statusCode).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const WEBHOOK_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/terminations`;
  const ask = (id: string, WEBHOOK_SECRET = SECRET) =>
    run(process.execPath, ['docs/webhook/ask.mjs', id], { WEBHOOK_URL, WEBHOOK_SECRET });
  const { code, output } = await ask(requestId);
  expect([code, output]).toEqual([3, expect.stringMatching(/^200 .*"state":"pending"/)]);
  const reinstated = { ...event, requestId: 'msg_back', at: TERMINATED + 1, type: 'account-reinstated' } as const;
  await recordAccountEvent(reinstated, categories, recordPortsOn(records, examplePolicy));
  expect(await ask('msg_back')).toMatchObject({ code: 0, output: expect.stringContaining('"state":"recorded"') });
  expect(await ask('msg_none')).toMatchObject({ code: 1, output: expect.stringContaining('unknown-request') });
  const forged = await ask(requestId, 'whsec_C8b9J3tQvUe1yZ5lXo0mN2aR4kP6sT7wD9fH1gK3jLY=');
  expect(forged).toMatchObject({ code: 1, output: expect.stringContaining('wrong-signature') });
}, 60_000);
