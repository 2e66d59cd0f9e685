import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountInventory } from '../support/deployment/account-inventory.ts';
import { clientOptions } from '../support/deployment/client-options.ts';
import { type Ministack, startMinistack } from '../support/deployment/ministack.ts';
import { pythonEnvironment } from '../support/deployment/python-environment.ts';
import { optionalTool, skipWithout } from '../support/run/optional-tool.ts';
import { securedServer } from '../support/server/secured-server.ts';

const available = skipWithout(await optionalTool(pythonEnvironment)) !== undefined;

let ministack: Ministack;
const server = securedServer();
let folder: string;

beforeAll(async () => {
  if (!available) return;
  folder = mkdtempSync(join(tmpdir(), 'es-retention-e2e-aws-'));
  ministack = await startMinistack();
});
afterAll(async () => {
  await ministack?.stop();
  if (folder) rmSync(folder, { recursive: true });
});

/** `npm run e2e:aws`, against the emulator and the server with security. */
const check = async (...options: readonly string[]): Promise<{ readonly code: number; readonly text: string }> => {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const cluster = { ELASTICSEARCH_URL: server.url(), ...server.user() };
  const env = { PATH, NODE_COMPILE_CACHE, HOME: folder, ...ministack.environment, ...cluster };
  const done = promisify(execFile)(process.execPath, ['test/aws/main.ts', ...options], { env });
  const { code = 0, stdout, stderr } = await done.catch((error) => error);
  return { code, text: `${stdout}${stderr}` };
};

const rest = async () => {
  const indices = await server.superuser().cat.indices({
    index: 'trtc-*,retention-*',
    h: 'index',
    format: 'json',
    expand_wildcards: 'all',
  });
  return { indices, account: await accountInventory(clientOptions(ministack)) };
};

describe.skipIf(!available)('the check of an AWS account (an emulator)', () => {
  test('passes, writes down its results, and leaves nothing behind', async () => {
    const before = await rest();
    const out = join(folder, 'seen.json');
    const { code, text } = await check('--account', '000000000000', '--out', out);
    expect([code, text]).toEqual([0, expect.stringContaining(`Written: ${out}`)]);
    const { seen, left, ...facts } = JSON.parse(readFileSync(out, 'utf8'));
    expect(facts).toMatchObject({ account: '000000000000', emulated: true, stage: expect.stringMatching(/^e2e-/) });
    expect(left).toEqual([]);
    expect(seen.filter(({ outcome }: { outcome: string }) => outcome === 'otherwise')).toEqual([]);
    expect(seen.length).toBeGreaterThan(10);
    expect(await rest()).toEqual(before);
  });

  test('refuses credentials of another account than the named one, and creates nothing', async () => {
    const before = await rest();
    const { code, text } = await check('--account', '111122223333');
    expect([code, text]).toEqual([2, expect.stringContaining('found those of 000000000000')]);
    expect((await check()).text).toContain('Expected --account');
    expect(await rest()).toEqual(before);
  });

  test('refuses a cluster that has an index of a category, and keeps that index', async () => {
    const client = server.superuser();
    await client.indices.create({ index: 'trtc-uin-somebody' });
    const { code, text } = await check('--account', '000000000000');
    expect([code, text]).toEqual([2, expect.stringContaining('found 1')]);
    expect(await client.indices.exists({ index: 'trtc-uin-somebody' })).toBe(true);
    await client.indices.delete({ index: 'trtc-uin-somebody' });
  });
});
