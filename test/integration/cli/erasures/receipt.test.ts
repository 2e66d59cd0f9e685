import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rotateKeyRingFile } from '../../../../lib/adapters/files/key-ring-file.ts';
import { temporaryFile } from '../../../support/run/temporary-file.ts';
import { configuration, erasureCliFixture, GONE, STAYS } from '../erasure-command-line.ts';

test('the receipt command reports that there is no receipt, and ends with exit code 3', async () => {
  const { run } = await erasureCliFixture();
  const { code, stdout, stderr } = await run(['receipt', '--uin', GONE]);
  expect(stdout).toMatch(/^Receipts: 0\nCluster .*\n.*node bin\/es-retention.mjs status --uin/);
  expect([code, stderr]).toEqual([3, '']);
});

test("an application's receipt is found after a key rotation, and is reported once it is lost", async () => {
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
  expect(lost.stdout).toMatch(/^Receipts: 0 · 1 issued, and not kept any more in console-\w+\n/);
  expect(lost.code).toBe(3);
});

test('a planted receipt is not shown, and does not hide a genuine one', async () => {
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
    expect(missing).toMatchObject([{ lost: 0, notIssued: 1 }]);
    expect(exitCode).toBe(3);
  }
  expect((await receiptOf('2')).receipts).toHaveLength(1);
});

const PLANTED = 'eyJhbGciOiJFZERTQSIsImtpZCI6IngifQ.e30.Zm9yZ2Vk';

test.each([
  ['what is no receipt', 'none'],
  ['the genuine receipt of another account', 'genuine'],
  ['a receipt with another text and the signature of the first', 'changed'],
])('%s in one category is not shown, and hides no receipt of another', async (_, what) => {
  const { client, createIndex, run, tell, names, consoleCategory } = await erasureCliFixture(true);
  for (const at of ['1', '2'])
    await createIndex(at, {
      gone: configuration(GONE, '1'),
      stays: configuration(STAYS, '1'),
      z: configuration('1', '1'),
    });
  for (const uin of [GONE, STAYS]) await tell('account-deleted', { uin }, 4, { requestId: `msg-${uin}` });
  await run(['purge', '--execute']);
  const { stdout: purged } = await run(['purge', '--execute']);
  const [own, other] = await Promise.all(
    [GONE, STAYS].map(async (uin) => JSON.parse((await run(['receipt', '--uin', uin, '--json'])).stdout).receipts),
  );
  expect([own.length, other.length], purged).toEqual([2, 2]);
  await client.indices.refresh({ index: names.receipts });
  const { hits } = await client.search<{ id: string; jws: string }>({ index: names.receipts });
  const ids = new Set(own.map(({ id }: { id: string }) => id));
  const mine = hits.hits.find(({ _source }) => ids.has(String(_source?.id)));
  const theirs = hits.hits.find(({ _source }) => !ids.has(String(_source?.id)));
  const [header, payload = '', signature] = String(mine?._source?.jws).split('.');
  const changed = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), issuedAt: '2030-01-01T00:00:00.000Z' };
  const jws = {
    none: PLANTED,
    genuine: theirs?._source?.jws,
    changed: [header, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.'),
  }[what];
  await client.index({
    index: names.receipts,
    id: 'planted',
    document: { ...mine?._source, id: 'planted', jws, issuedAt: '2030-01-01T00:00:00.000Z' },
    refresh: true,
  });
  await client.updateByQuery({
    index: names.ledger,
    script: {
      source: 'for (c in ctx._source.closures) if (c.receipt == params.id) c.receipt = "planted"',
      params: { id: mine?._source?.id },
    },
    refresh: true,
  });
  const file = `${temporaryFile('there', '')}.jws`;
  const { code, stdout, stderr } = await run(['receipt', '--uin', GONE, '--out', file, '--json']);
  expect(stderr).toBe('');
  const said = JSON.parse(stdout);
  expect(said.missing).toEqual([{ category: consoleCategory.id, due: 0, lost: 0, notIssued: 1 }]);
  expect(said.summary).toContain(`1 not what was issued in ${consoleCategory.id}`);
  expect(said.receipts).toHaveLength(1);
  expect(code).toBe(3);
  expect(readFileSync(file, 'utf8')).toBe(said.receipts[0].jws);
  expect(own.map((each: { jws: string }) => each.jws)).toContain(said.receipts[0].jws);
});
