import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFile } from '../../support/temporary-file.ts';
import { configuration, daysAgo, erasureCliFixture, GONE, STAYS } from './erasure-command-line.ts';

test('a terminated account is erased by two runs, and its receipt can be verified', async () => {
  const { seed, run, left, keys } = await erasureCliFixture();
  const index = await seed();
  const ring = join(dirname(keys), 'ring.json');
  expect((await run(['keys', 'generate', ring])).code).toBe(0);
  const environment = { RETENTION_KEYS: ring };

  const at = daysAgo(4);
  const said = await run(['terminate', '--uin', GONE, '--account-deleted', '--at', at], environment);
  expect(said.stdout).toMatch(
    /^Recorded: account-deleted · owed in 1 category\nCluster .*\nrequest cli_[\w-]{36}, in effect at /,
  );
  expect(said.stdout).toMatch(
    /, account-deleted: pending, to be erased by the next run, not later than 20.*; 2 documents found now\n/,
  );
  expect([said.code, said.stderr]).toEqual([0, '']);
  const request = /cli_[\w-]{36}/.exec(said.stdout)?.[0];

  // A deleted account is watched for late writes: only a run that finds nothing closes its erasure.
  const first = await run(['purge', '--execute'], environment);
  expect(first.stdout).toMatch(/^Kept: 1 of 1 · purged: 2 documents · next run/);
  expect(first.stdout).toContain('1 erasure due: 0 closed as erased, 0 as nothing found, 1 open\n  Open: ');
  expect(first.stdout).not.toContain('receipt');
  expect(await left(index)).toEqual(['stays']);
  const second = await run(['purge', '--execute'], environment);
  expect(second.stdout).toContain('1 erasure due: 1 closed as erased, 0 as nothing found, 0 open');
  expect(second.stdout).toContain('1 receipt issued: node bin/es-retention.mjs receipt --uin');
  expect([first.code, second.code]).toEqual([0, 0]);

  const [jws, pem] = [join(dirname(ring), 'receipt.jws'), join(dirname(ring), 'issuer.pem')];
  writeFileSync(pem, (await run(['keys', 'public', ring])).stdout);
  const receipt = JSON.parse((await run(['receipt', '--uin', GONE, '--out', jws, '--json'], environment)).stdout);
  expect(receipt).toMatchObject({ command: 'receipt', exitCode: 0, receipts: [{ requestId: request }] });
  const [{ opening }] = receipt.receipts;
  expect(readFileSync(jws, 'utf8')).toBe(receipt.receipts[0].jws);
  expect(createHash('sha256').update(readFileSync(jws)).digest('hex')).toBe(receipt.receipts[0].hash);
  const check = (uin: string) => run(['verify-receipt', jws, '--key', pem, '--uin', uin, '--opening', opening]);
  const [own, neighbour] = [await check(GONE), await check(STAYS)];
  expect(own.stdout).toMatch(/^Valid: signed by kid \S+ · account erased from 1 category, 2 documents, in time\n/);
  expect(own.code).toBe(0);
  expect(neighbour.stdout).toMatch(/^Not about that subject: valid, /);
  expect(neighbour.code).toBe(3);
});

test('an account that is reinstated in time keeps its data', async () => {
  const { seed, run, left } = await erasureCliFixture();
  const index = await seed();
  await run(['terminate', '--uin', GONE, '--at', daysAgo(4)]);
  const { code, stdout } = await run(['reinstate', '--uin', GONE, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    command: 'reinstate',
    summary: 'Recorded: account-reinstated · cancelled 1 erasure',
    exitCode: 0,
    cancelled: 1,
    stillOwed: { entries: [] },
    entries: [
      { trigger: 'feature-terminated', state: 'cancelled' },
      { trigger: 'account-deleted', state: 'cancelled' },
    ],
  });
  expect(code).toBe(0);
  expect((await run(['purge', '--execute'])).stdout).toMatch(/^Kept: 1 of 1 · purged: 0 documents/);
  expect(await left(index)).toHaveLength(3);
});

test('terminate counts current documents and those that stay, or says it cannot', async () => {
  const { add, seed, run, client } = await erasureCliFixture();
  const index = await seed();
  await add(index, { later: configuration(GONE, '3', 1), shared: { ...configuration(GONE, '4'), uin: [GONE, '7'] } });
  const documents = async (args: readonly string[]) => {
    const { code, stdout } = await run(['terminate', '--json', ...args]);
    expect(code).toBe(0);
    return JSON.parse(stdout).entries[0].documents;
  };
  expect(await documents(['--uin', GONE, '--at', daysAgo(2)])).toEqual({
    owed: 2,
    newUse: 1,
    shared: 1,
    unclear: 0,
    unindexed: 0,
    unreadable: 0,
    isWhole: true,
  });
  expect(await documents(['--uin', '8'])).toEqual({
    owed: 0,
    newUse: 0,
    shared: 0,
    unclear: 0,
    unindexed: 0,
    unreadable: 0,
    isWhole: true,
  });
  await client.indices.close({ index });
  expect(await documents(['--uin', GONE, '--account-deleted'])).toMatchObject({ owed: 0, isWhole: false });
  const { stdout } = await run(['terminate', '--uin', '9']);
  expect(stdout).toContain('at least 0 documents found now, not every index could be looked at');
});

test('a reinstatement during a run names the run and its possible effect', async () => {
  const { seed, run, left, client, names, consoleCategory } = await erasureCliFixture();
  const index = await seed();
  await run(['setup']);
  await run(['terminate', '--uin', GONE, '--at', daysAgo(4)]);
  const expiresAt = new Date(Date.now() + 100_000).toISOString();
  const document = { runId: 'run-7', fence: 1, released: false, blocks: [], expiresAt };
  await client.index({ index: names.leases, id: consoleCategory.id, document });
  const { code, stdout } = await run(['reinstate', '--uin', GONE]);
  expect(stdout).toMatch(/^Recorded: account-reinstated · cancelled 1 erasure\n/);
  expect(stdout).toContain(`\nA run of ${consoleCategory.id} is at work: run-7, which holds the lease until `);
  expect(stdout).toContain(' may already be erased, wholly or in part; ');
  expect(stdout).toContain(`: node bin/es-retention.mjs status --uin ${GONE}\n`);
  expect(code).toBe(0);
  const status = await run(['status', '--uin', GONE]);
  expect(status.stdout).toContain('cancelled');
  const again = JSON.parse((await run(['reinstate', '--uin', GONE, '--json'])).stdout);
  expect(again).toMatchObject({ exitCode: 3, cancelled: 0, atWork: { runs: [], notAsked: [] } });
  expect(await left(index)).toHaveLength(3);
});

test('a reinstatement of the wrong scope cancels nothing, and says what would', async () => {
  const { seed, run } = await erasureCliFixture();
  await seed();
  await run(['terminate', '--uin', GONE, '--app', '1']);
  const wrong = await run(['reinstate', '--uin', GONE]);
  expect(wrong.stdout).toMatch(/^Recorded: account-reinstated · nothing to cancel\n/);
  expect(wrong.code).toBe(3);
  const [, command = ''] = /node bin\/es-retention.mjs (reinstate .*)$/m.exec(wrong.stdout) ?? [];
  const right = await run(command.split(' '));
  expect(right.stdout).toMatch(/^Recorded: account-reinstated · cancelled 1 erasure\n/);
  expect(right.code).toBe(0);
  expect((await run(['status'])).stdout).toMatch(/^Owed: nothing\n/);
});

test('--immediate skips the window, and --app keeps the other applications', async () => {
  const { seed, run, left } = await erasureCliFixture();
  const index = await seed();
  await run(['terminate', '--uin', GONE, '--app', '2', '--immediate']);
  const { code, stdout } = await run(['purge', '--execute', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    exitCode: 0,
    categories: [
      {
        deadline: 'P7D',
        report: { documentsRemoved: 1, erasures: { due: 1, erased: 1, open: 0 } },
        receipts: { issued: [expect.stringMatching(/./)], left: 0 },
      },
    ],
  });
  expect(code).toBe(0);
  expect(await left(index)).toEqual(['gone-1', 'stays']);
});

test.each([
  ['keys', 'RETENTION_KEYS', /^Failed: no-keys\n.*RETENTION_KEYS.*\n.*nothing\n.*keys generate/],
  [
    'an archive',
    'RETENTION_ARCHIVE',
    /^Failed: no-archive\n.*RETENTION_ARCHIVE.*s3:\/\/.*\n.*nothing\n.*must survive a restoration/,
  ],
])('without %s nothing is recorded, and the fix is named', async (_, variable, says) => {
  const { run } = await erasureCliFixture();
  const { code, stdout, stderr } = await run(['terminate', '--uin', GONE], { [variable]: '' });
  expect(stderr).toMatch(says);
  expect([code, stdout]).toEqual([2, '']);
  expect((await run(['status'], { [variable]: '' })).stdout).toMatch(/^Owed: nothing\n/);
});

test('wrong input is refused with the fix, as one JSON document', async () => {
  const { run } = await erasureCliFixture();
  const args = ['terminate', '--json', '--uin', GONE, '--account-deleted', '--app', '1'];
  const { code, stdout, stderr } = await run(args);
  expect(JSON.parse(stdout)).toMatchObject({
    command: 'terminate',
    exitCode: 2,
    error: { code: 'bad-termination', expected: 'no --app when an account is deleted' },
  });
  expect(JSON.parse(stdout).error.fix).toMatch(/^Leave it out, .* Or terminate the Feature for that application\.$/);
  expect([code, stderr]).toEqual([2, '']);
});

test('a purge without keys erases nobody and says so; the next one with keys does', async () => {
  const { seed, run, left, tell } = await erasureCliFixture();
  const index = await seed();
  await tell('feature-terminated', { uin: GONE }, 4);
  const without = await run(['purge', '--execute', '--json'], { RETENTION_KEYS: '' });
  expect(`${without.stdout}${without.stderr}`).toContain('no-keys');
  expect(without.code).toBe(2);
  expect(await left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
  expect((await run(['status'])).stdout).toMatch(/^Owed: 1 /);
  expect((await run(['purge', '--execute'])).stdout).toContain('1 receipt issued');
  expect(await left(index)).toEqual(['stays']);
});

test('a refused purge issues the receipts of earlier ones, a dry run does not', async () => {
  const { environment, keys, seed, run, tell } = await erasureCliFixture();
  await seed();
  await tell('feature-terminated', { uin: GONE }, 4);
  // Without signing keys it erases, and issues nothing.
  const { subject } = JSON.parse(readFileSync(keys, 'utf8'));
  await run(['purge', '--execute'], { RETENTION_KEYS: '', RETENTION_SUBJECT_KEYS: JSON.stringify(subject) });
  await tell('feature-terminated', { uin: STAYS }, 4);
  const policy = readFileSync(environment.RETENTION_POLICY ?? '', 'utf8').replace('"maxShare":1', '"maxShare":0.5');
  const braked = { RETENTION_POLICY: temporaryFile('braked.yml', policy) };
  const receipts = async (args: readonly string[]) => {
    const { categories } = JSON.parse((await run([...args, '--json'], braked)).stdout);
    return [categories[0].report.outcome, categories[0].receipts.issued.length];
  };
  expect(await receipts(['purge'])).toEqual(['refused', 0]);
  expect(await receipts(['purge', '--execute'])).toEqual(['refused', 1]);
});
