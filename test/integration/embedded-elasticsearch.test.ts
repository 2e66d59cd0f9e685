import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, expect, inject, test, vi } from 'vitest';
import { selectRelease } from '../support/embedded-elasticsearch/releases.ts';
import {
  type EmbeddedServer,
  openTestServer,
  startEmbeddedElasticsearch,
} from '../support/embedded-elasticsearch/start.ts';

const START = new URL('../support/embedded-elasticsearch/start.ts', import.meta.url).href;

const sharedUrl = inject('elasticsearchUrl');
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

test('an embedded server answers with the version asked for, keeps snapshots, and is gone once stopped', async () => {
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

test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
  'a server ends when its starter gets %s, and its data with it',
  async (signal) => {
    const { starter, server } = await startInAnotherProcess();
    expect(isAlive(server.pid)).toBe(true);
    starter.kill(signal);
    await expectGone(server);
  },
);

test('with security, the first user may log in and nobody else', async () => {
  const server = await startEmbeddedElasticsearch({ security: true });
  try {
    const { username, password } = server.credentials ?? { username: '', password: '' };
    const authorization = `Basic ${btoa(`${username}:${password}`)}`;
    expect((await fetch(server.url)).status).toBe(401);
    const me = await fetch(`${server.url}/_security/_authenticate`, { headers: { authorization } });
    expect(await me.json()).toMatchObject({ username, roles: ['superuser'] });
  } finally {
    await server.stop();
  }
});

test('a server that cannot start says so with the last lines of its log', async () => {
  const starting = startEmbeddedElasticsearch({ settings: { 'no.such.setting': true } });
  await expect(starting).rejects.toThrow(/was started and it ended with 1\. The last lines.*no\.such\.setting/s);
});

test('a server of your own is used if it is empty, left running, and refused if it holds an index of ours', async () => {
  vi.stubEnv('ES_RETENTION_TEST_URL', sharedUrl);
  const name = `${sharedUrl}/retention-embedded-elasticsearch-test`;
  await fetch(name, { method: 'PUT' });
  await expect(openTestServer()).rejects.toThrow(
    /expected to hold no index called trtc-\* or retention-\*, and it holds \d+/,
  );
  await fetch(name, { method: 'DELETE' });
});
