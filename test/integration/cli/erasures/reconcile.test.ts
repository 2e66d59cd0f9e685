import { expect, test } from 'vitest';
import { CBOR, sendAs } from '../../../support/documents/other-encodings.ts';
import { temporaryFile } from '../../../support/run/temporary-file.ts';
import { configuration, daysAgo, erasureCliFixture, GONE, STAYS } from '../erasure-command-line.ts';

test('reconcile lists exactly who is neither active nor being erased', async () => {
  const { seed, run, tell, left, add, consoleCategory } = await erasureCliFixture();
  const index = await seed();
  await add(index, {
    owed: configuration('100', '1'),
    cancelled: configuration('101', '1'),
    closed: configuration('102', '1'),
    active: configuration('103', '1'),
    unused: configuration('103', '2'),
  });
  await tell('feature-terminated', { uin: '100' }, 4);
  await tell('feature-terminated', { uin: '101' }, 4);
  await tell('account-reinstated', { uin: '101' }, 0);
  await tell('feature-terminated', { uin: '102' }, 4);
  expect((await run(['purge', '--execute'])).code).toBe(0);
  // Back out of a backup, say; what is owed to the first one as well.
  await add(index, { owed: configuration('100', '1'), closed: configuration('102', '1') });
  await tell('account-deleted', { uin: '100' }, 1);

  const file = temporaryFile('active.txt', `# in use\n${STAYS}\n\n103, 1\n`);
  const { code, stdout } = await run(['reconcile', '--active', file]);
  const [summary, , head, ...rows] = stdout.split('\n');
  expect(summary).toBe('Reconciled: 4 subjects neither active nor being erased, of 6 accounts with data');
  expect(head).toMatch(/CATEGORY +ACCOUNT +APPLICATION +DOCUMENTS +LEDGER/);
  expect(rows.slice(0, 4).map((row) => row.trim().split(/ {2,}/))).toEqual([
    [consoleCategory.id, '101', 'all', '1', 'cancelled or done'],
    [consoleCategory.id, '102', 'all', '1', 'cancelled or done'],
    [consoleCategory.id, '103', '2', '1', 'nothing heard'],
    [consoleCategory.id, GONE, 'all', '2', 'nothing heard'],
  ]);
  expect(code).toBe(3);
  expect(await left(index)).toHaveLength(8);

  const json = await run(['reconcile', '--json', '--active', temporaryFile('a', `${STAYS}\n101\n102\n103\n${GONE}`)]);
  expect(JSON.parse(json.stdout)).toMatchObject({ command: 'reconcile', exitCode: 0, leftBehind: [], accounts: 6 });
  expect(json.code).toBe(0);
});

test('reconcile lists an unusual identifier in a form that terminate accepts', async () => {
  const { createIndex, run, left } = await erasureCliFixture();
  const uin = `auth0|José "5", ${'\u200b'}6`;
  const index = await createIndex('1', {
    theirs: configuration(uin, '1'),
    other: configuration(STAYS, '1'),
    huge: configuration('1e2147483647', '1'),
  });
  const file = temporaryFile('active.csv', `"${STAYS}"\n1e2147483647\n`);
  expect((await run(['reconcile', '--active', file])).stdout).toContain('"auth0|José \\"5\\", \\u200b6"');
  const { leftBehind } = JSON.parse((await run(['reconcile', '--json', '--active', file])).stdout);
  expect(leftBehind).toMatchObject([{ uin, canBeTerminated: true }]);
  const subject = ['--uin', leftBehind[0].uin];
  expect((await run(['terminate', ...subject, '--account-deleted', '--immediate'])).code).toBe(0);
  expect((await run(['purge', '--execute'])).code).toBe(0);
  expect(await left(index)).toEqual(['huge', 'other']);
  expect((await run(['status', ...subject])).stdout).toMatch(/account-deleted +erasing/);
});

test('reconcile lists numbers by value in any encoding, and reports byte strings as unlisted', async () => {
  const { createIndex, run, client } = await erasureCliFixture();
  const keyword = { type: 'keyword' } as const;
  const index = await createIndex('sent', {}, { properties: { uin: keyword } });
  const date = CBOR.text(daysAgo(30));
  const cbor = (uin: Buffer) => CBOR.document({ uin, sdkAppId: CBOR.integer(1), '@timestamp': date });
  await sendAs(client, CBOR.type, index, {
    a: cbor(CBOR.float32(7)),
    b: cbor(CBOR.decimal(70, -1)),
    c: cbor(CBOR.decimal(7, 1)),
    d: cbor(CBOR.bignum(7n)),
  });
  // Version 8 takes no byte string in a keyword field.
  const long = { type: 'long', ignore_malformed: true } as const;
  const odd = await createIndex('bytes', {}, { properties: { uin: long } });
  await sendAs(client, CBOR.type, odd, { e: cbor(CBOR.bytes('7')) });
  const yaml = (uin: string) => `---\nuin: ${uin}\nsdkAppId: 1\n"@timestamp": "${daysAgo(30)}"\n`;
  await sendAs(client, 'application/yaml', index, { f: yaml('0x7'), g: yaml('+7'), h: yaml('.5') });
  await sendAs(client, 'application/json', index, { i: '{"uin":-0,"@timestamp":"2026-01-01"}' });

  const { stdout } = await run(['reconcile', '--json', '--active', temporaryFile('active.txt', '42\n')]);
  const { leftBehind, unanswered } = JSON.parse(stdout);
  const found = leftBehind.map(({ uin, documents }: { uin: string; documents: number }) => [uin, documents]);
  expect(Object.fromEntries(found)).toEqual({ 7: 5, 70: 1, 0.5: 1, 0: 1 });
  expect(unanswered).toEqual([{ index: odd, why: expect.stringContaining('is bytes') }]);
  expect(stdout).not.toContain('[B@');
});

test('reconcile names each faulty index with the reason, and lists the others exactly', async () => {
  const { createIndex, run, client } = await erasureCliFixture();
  const of = (uin: unknown, sdkAppId: unknown = '1') => ({ ...configuration('1', '1'), uin, sdkAppId });
  await createIndex('text-app', { a: of('42', '7') }, { properties: { sdkAppId: { type: 'text' } } });
  const keyword = { type: 'keyword' } as const;
  const text = await createIndex(
    'text',
    { a: of('hidden') },
    { properties: { uin: { type: 'text', fields: { raw: keyword } } } },
  );
  const unmapped = await createIndex('unmapped', {}, { properties: { uin: { type: 'object', enabled: false } } });
  await createIndex(
    'long',
    { a: of('007'), b: of(7), c: of(['8', 8]), d: of('9007199254740993') },
    { properties: { uin: { type: 'long' } } },
  );
  const short = await createIndex('short', {}, { properties: { uin: { ...keyword, ignore_above: 4 } } });
  await client.index({ index: short, document: of('ignored'), refresh: true });
  const lost = await createIndex(
    'lost',
    { a: of('007') },
    { properties: { uin: { type: 'long' } }, source: { enabled: false } },
  );

  const { code, stdout } = await run(['reconcile', '--json', '--active', temporaryFile('active.txt', '42,1\n')]);
  expect(code).toBe(3);
  const { leftBehind, unanswered } = JSON.parse(stdout);
  expect(leftBehind.map(({ uin, sdkAppId, documents }: Record<string, unknown>) => [uin, sdkAppId, documents])).toEqual(
    expect.arrayContaining([
      ['42', '7', 1],
      ['007', undefined, 1],
      ['7', undefined, 1],
      ['8', undefined, 1],
      ['9007199254740993', undefined, 1],
      ['ignored', undefined, 1],
    ]),
  );
  expect(leftBehind).toHaveLength(6);
  expect(unanswered).toEqual([
    { index: lost, why: expect.stringContaining('_source') },
    { index: text, why: '"uin" mapped as text: write accountField: uin.raw into the policy' },
    { index: unmapped, why: '"uin" mapped as object' },
  ]);
});

test('reconcile finds accounts in documents that were never refreshed', async () => {
  const { run, add, createIndex } = await erasureCliFixture();
  const index = await createIndex('1', {}, { settings: { refresh_interval: '-1' } });
  await add(index, { lazy: configuration(GONE, '1') }, false);
  const { code, stdout } = await run(['reconcile', '--active', temporaryFile('active.txt', '7\n')]);
  expect(stdout).toMatch(/^Reconciled: 1 subject neither active/);
  expect(code).toBe(3);
});

test('reconcile refuses a malformed file and names the line before it contacts the cluster', async () => {
  const { run } = await erasureCliFixture();
  const file = temporaryFile('active.txt', '1\n2;3\n');
  const nowhere = { ELASTICSEARCH_URL: 'http://127.0.0.1:1' };
  const { code, stdout, stderr } = await run(['reconcile', '--active', file], nowhere);
  expect(stderr).toMatch(/^Failed: bad-active-file\n.*uin, or uin,application\n.*in line 2 of .*active\.txt\n/);
  expect([code, stdout]).toEqual([2, '']);
});
