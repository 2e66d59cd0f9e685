import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { selectRelease } from '../../embedded-elasticsearch/releases.ts';
import { type EmbeddedServer, openTestServer, startEmbeddedElasticsearch } from '../../embedded-elasticsearch/start.ts';

const SUPERVISE = new URL('../../embedded-elasticsearch/supervise.ts', import.meta.url).href;
const START = new URL('../../embedded-elasticsearch/start.ts', import.meta.url).href;

afterEach(() => vi.unstubAllEnvs());

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function expectGone({ pid, dataPath, url }: EmbeddedServer): Promise<void> {
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000, interval: 100 });
  await vi.waitFor(() => expect(existsSync(dirname(dataPath))).toBe(false), { timeout: 10_000, interval: 100 });
  await expect(fetch(url)).rejects.toThrow('fetch failed');
}

async function startInAnotherProcess() {
  const script = `
    const { startEmbeddedElasticsearch } = await import(${JSON.stringify(START)});
    console.log(JSON.stringify(await startEmbeddedElasticsearch()));
    setInterval(() => {}, 1000);`;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(starter.stdout, 'data')) as [Buffer];
  return { starter, server: JSON.parse(line.toString()) as EmbeddedServer };
}

test('the run has one server with the requested version', async () => {
  const answer = await fetch(inject('elasticsearchUrl'));
  expect(await answer.json()).toMatchObject({ version: { number: selectRelease().version } });
});

test('an embedded server has the requested version, keeps snapshots, and is removed', async () => {
  const server = await startEmbeddedElasticsearch();
  expect(await (await fetch(server.url)).json()).toMatchObject({ version: { number: selectRelease().version } });
  const repository = await fetch(`${server.url}/_snapshot/kept`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'fs', settings: { location: `${server.snapshotPath}/kept` } }),
  });
  expect(await repository.json()).toEqual({ acknowledged: true });
  await server.stop();
  await server.stop();
  await expectGone(server);
});

test('a server and its data are removed when its starter gets SIGKILL', async () => {
  const { starter, server } = await startInAnotherProcess();
  expect(isAlive(server.pid)).toBe(true);
  starter.kill('SIGKILL');
  await expectGone(server);
});

// What ends with its starter need not be Elasticsearch: a start of that takes ten seconds.
test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('a server ends when its starter gets %s', async (signal) => {
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-supervised-'));
  const script = `
    const { supervise } = await import(${JSON.stringify(SUPERVISE)});
    supervise({
      command: '/bin/sh',
      args: ['-c', 'echo $$; exec sleep 1000'],
      env: {},
      output: ${JSON.stringify(join(folder, 'pid'))},
      folder: ${JSON.stringify(folder)},
    });
    setInterval(() => {}, 1000);`;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  const pid = Number(
    await vi.waitUntil(() => existsSync(join(folder, 'pid')) && readFileSync(join(folder, 'pid'), 'utf8').trim(), {
      timeout: 30_000,
    }),
  );
  expect(isAlive(pid)).toBe(true);
  starter.kill(signal);
  await vi.waitFor(() => expect([isAlive(pid), existsSync(folder)]).toEqual([false, false]), { timeout: 10_000 });
});

test('a server that cannot start prints the last lines of its log', async () => {
  const starting = startEmbeddedElasticsearch({ settings: { 'no.such.setting': true } });
  await expect(starting).rejects.toThrow(/was started and it ended with 1\. The last lines.*no\.such\.setting/s);
});

describe('a server with security', () => {
  let server: EmbeddedServer;
  let named: URL;
  beforeAll(async () => {
    server = await startEmbeddedElasticsearch({ security: true });
    named = new URL(server.url);
    named.username = server.credentials?.username ?? '';
    named.password = server.credentials?.password ?? '';
  });
  afterAll(() => server?.stop());

  function authorized(path: string, method: string): Promise<Response> {
    const authorization = `Basic ${btoa(`${named.username}:${named.password}`)}`;
    return fetch(`${server.url}${path}`, { method, headers: { authorization } });
  }

  test('accepts its first user as a superuser, and nobody without a name', async () => {
    expect((await fetch(server.url)).status).toBe(401);
    const me = await authorized('/_security/_authenticate', 'GET');
    expect(await me.json()).toMatchObject({ username: named.username, roles: ['superuser'] });
  });

  test('is used as a named server while it is empty, and left running', async () => {
    vi.stubEnv('ES_RETENTION_TEST_URL', named.href);
    const opened = await openTestServer();
    expect(opened).toMatchObject({ url: named.href, version: server.version, embedded: false });
    await opened.stop();
    expect(isAlive(server.pid)).toBe(true);
  });

  test.each(['retention-ledger', 'trtc-prod-logs'])('is refused as a named server while it holds %s', async (index) => {
    vi.stubEnv('ES_RETENTION_TEST_URL', named.href);
    await authorized(`/${index}`, 'PUT');
    await expect(openTestServer()).rejects.toThrow(`and it holds 1, such as "${index}"; name an empty server there`);
    await authorized(`/${index}`, 'DELETE');
  });
});
