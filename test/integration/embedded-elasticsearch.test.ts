import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, inject, test, vi } from 'vitest';
import { selectRelease } from '../../embedded-elasticsearch/releases.ts';
import { type EmbeddedServer, startEmbeddedElasticsearch } from '../../embedded-elasticsearch/start.ts';
import { supervise } from '../../embedded-elasticsearch/supervise.ts';

const SUPERVISE = new URL('../../embedded-elasticsearch/supervise.ts', import.meta.url).href;
const START = new URL('../../embedded-elasticsearch/start.ts', import.meta.url).href;

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

test('the test run has one server of the requested version', async () => {
  const answer = await fetch(inject('elasticsearchUrl'));
  expect(await answer.json()).toMatchObject({ version: { number: selectRelease().version } });
});

test('an embedded server can store snapshots, and is removed when its starter gets SIGKILL', async () => {
  const { starter, server } = await startInAnotherProcess();
  expect(await (await fetch(server.url)).json()).toMatchObject({ version: { number: selectRelease().version } });
  const repository = await fetch(`${server.url}/_snapshot/kept`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'fs', settings: { location: `${server.snapshotPath}/kept` } }),
  });
  expect(await repository.json()).toEqual({ acknowledged: true });
  expect(isAlive(server.pid)).toBe(true);
  starter.kill('SIGKILL');
  await expectGone(server);
});

/** What ends with its starter need not be Elasticsearch, whose start takes ten seconds. It writes its process id. */
function supervised() {
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-supervised-'));
  const args = ['-c', 'echo $$; exec sleep 1000'];
  return { folder, server: { command: '/bin/sh', args, env: {}, output: join(folder, 'pid'), folder } };
}

async function pidIn(folder: string): Promise<number> {
  const read = (): string | false =>
    existsSync(join(folder, 'pid')) && readFileSync(join(folder, 'pid'), 'utf8').trim();
  return Number(await vi.waitUntil(read, { timeout: 30_000 }));
}

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('a server ends when its starter gets %s', async (signal) => {
  const { folder, server } = supervised();
  const script = `
    const { supervise } = await import(${JSON.stringify(SUPERVISE)});
    supervise(${JSON.stringify(server)});
    setInterval(() => {}, 1000);`;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  const pid = await pidIn(folder);
  expect(isAlive(pid)).toBe(true);
  starter.kill(signal);
  await vi.waitFor(() => expect([isAlive(pid), existsSync(folder)]).toEqual([false, false]), { timeout: 10_000 });
});

test('stop ends a server and removes its folder, and may be called twice', async () => {
  const { folder, server } = supervised();
  const { stop, endedWith } = supervise(server);
  const pid = await pidIn(folder);
  expect([isAlive(pid), endedWith()]).toEqual([true, undefined]);
  await stop();
  await stop();
  expect([isAlive(pid), existsSync(folder)]).toEqual([false, false]);
});

// The server refuses this name at once, before it loads anything.
test('a server that cannot start prints the last lines of its log', async () => {
  const starting = startEmbeddedElasticsearch({ settings: { 'cluster.name': 'with:colon' } });
  await expect(starting).rejects.toThrow(/was started and it ended with 1\. The last lines.*must not contain ':'/s);
});
