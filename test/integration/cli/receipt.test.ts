import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rotateKeyRingFile } from '../../../lib/adapters/key-ring-file.ts';
import { temporaryFile } from './command-line.ts';
import { erasureCliFixture, GONE } from './erasure-command-line.ts';

test('receipt says so where there is none, and ends with 3', async () => {
  const { run } = await erasureCliFixture();
  const { code, stdout, stderr } = await run(['receipt', '--uin', GONE]);
  expect(stdout).toMatch(/^Receipts: 0\nCluster .*\n.*node bin\/es-retention.mjs status --uin/);
  expect([code, stderr]).toEqual([3, '']);
});

test('the receipt of an application is found after the subject key was rotated, overwrites no file, and is missed once it is lost', async () => {
  const { client, names, seed, run, tell, keys } = await erasureCliFixture();
  await seed();
  await tell('feature-terminated', { uin: GONE, sdkAppId: '1' }, 4);
  expect((await run(['purge', '--execute'])).stdout).toContain('1 receipt issued');
  await rotateKeyRingFile(keys, 'subject', Date.now());

  const shown = await run(['receipt', '--uin', GONE, '--app', '1']);
  expect(shown.stdout).toMatch(/^Receipts: 1\nCluster .*\nThe opening shows whose receipt it is/);
  expect(shown.stdout).toContain('verify-receipt FILE --key PUBLIC --uin … --app … --opening …');
  expect(shown.stdout).toMatch(/\nopening [\w-]{43}\n[\w-]+\.[\w-]+\.[\w-]+\n$/);
  expect(shown.stdout).toContain('\napplication erased from 1 category, 1 document\n');
  expect(shown.stdout).not.toContain(GONE);

  const file = temporaryFile('receipt.jws', 'something of yours');
  const { code, stderr } = await run(['receipt', '--uin', GONE, '--app', '1', '--out', file]);
  expect(stderr).toMatch(/^Failed: not-written\n.*a new file .*\n.*EEXIST/);
  expect(code).toBe(2);
  expect(readFileSync(file, 'utf8')).toBe('something of yours');

  const [{ id }] = JSON.parse((await run(['receipt', '--uin', GONE, '--app', '1', '--json'])).stdout).receipts;
  await client.delete({ index: names.receipts, id });
  const lost = await run(['receipt', '--uin', GONE, '--app', '1']);
  expect(lost.stdout).toMatch(/^Receipts: 0 · 1 issued, and not kept any more, or not as issued, in console-\w+\n/);
  expect(lost.code).toBe(3);
});

test('a receipt that somebody planted is not shown as the account’s, and keeps no true one from being shown', async () => {
  const { client, names, seed, run, tell } = await erasureCliFixture();
  await seed();
  await tell('feature-terminated', { uin: GONE, sdkAppId: '1' }, 5);
  await tell('feature-terminated', { uin: GONE, sdkAppId: '2' }, 4);
  expect((await run(['purge', '--execute'])).stdout).toContain('2 receipts issued');
  const receiptOf = async (app: string) =>
    JSON.parse((await run(['receipt', '--uin', GONE, '--app', app, '--json'])).stdout);
  const [[own], [other]] = [(await receiptOf('1')).receipts, (await receiptOf('2')).receipts];
  for (const jws of ['eyJ.e30.Zm9yZ2Vk', 'no receipt', other.jws]) {
    await client.update({ index: names.receipts, id: own.id, doc: { jws }, refresh: true });
    const { receipts, missing, exitCode } = await receiptOf('1');
    expect(receipts).toEqual([]);
    expect(missing).toMatchObject([{ lost: 1 }]);
    expect(exitCode).toBe(3);
  }
  expect((await receiptOf('2')).receipts).toHaveLength(1);
});
