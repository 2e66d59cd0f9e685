import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LAUNCHER, start } from '../command-line.ts';

/** Makes this Node say that it is an old one: the launcher then looks for another. Children are not told. */
const OLD = `data:text/javascript,${encodeURIComponent(
  'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })',
)}`;

const hasLockedNode = (() => {
  try {
    return existsSync(createRequire(LAUNCHER).resolve(`node-${process.platform}-${process.arch}/package.json`));
  } catch {
    return false;
  }
})();

const asOld = (launcher: string, args: readonly string[], environment = {}) =>
  start(process.execPath, ['--import', OLD, launcher, ...args], environment);

test('the launcher runs as a file, as npm links it', async () => {
  const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
  expect(await start(LAUNCHER, ['--version'], { PATH }).ended).toMatchObject({ code: 0, stdout: '0.1.0\n' });
});

describe.runIf(hasLockedNode)('started with an old Node', () => {
  test('the launcher runs the locked Node, and passes arguments, output and exit code', async () => {
    expect(await asOld(LAUNCHER, ['--version']).ended).toMatchObject({ code: 0, stdout: '0.1.0\n' });
    const { code, stderr } = await asOld(LAUNCHER, ['plan', '--policy', 'a b.yml'], {
      ELASTICSEARCH_URL: 'http://127.0.0.1:1',
    }).ended;
    expect(code).toBe(2);
    expect(stderr).toContain('a retention policy in a b.yml');
  });

  test('the launcher passes a signal on', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void silent.close());
    await once(silent, 'listening');
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const atWork = asOld(LAUNCHER, ['verify'], { ELASTICSEARCH_URL: url });
    await once(silent, 'connection');
    atWork.kill('SIGTERM');
    expect(await atWork.ended).toMatchObject({ code: null, signal: 'SIGTERM', stdout: '' });
  });

  test('a killed launcher leaves no run behind', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void silent.close());
    await once(silent, 'listening');
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const atWork = asOld(LAUNCHER, ['verify'], { ELASTICSEARCH_URL: url });
    const [connection] = (await once(silent, 'connection')) as [Socket];
    const isLeft = new Promise((resolve) => connection.once('close', resolve));
    connection.on('error', () => undefined).resume();
    atWork.kill('SIGKILL');
    expect(await atWork.ended).toMatchObject({ signal: 'SIGKILL' });
    await isLeft;
  });
});

test('without Node 24, the launcher says in one sentence what to do', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'es-retention-launcher-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const launcher = join(folder, 'bin', 'es-retention.mjs');
  cpSync(LAUNCHER, launcher);
  expect(await asOld(launcher, ['verify']).ended).toMatchObject({
    code: 1,
    stdout: '',
    stderr:
      'es-retention needs Node 24 or newer, and this is 20.20.2: install it (https://nodejs.org) and try again.\n',
  });
});
