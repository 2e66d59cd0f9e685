import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { daysAgo, GONE, STAYS } from '../../../integration/cli/erasure-command-line.ts';
import { erasureCliInMemory } from '../../../support/in-memory/erasure-cli-in-memory.ts';
import { temporaryFile } from '../../../support/run/temporary-file.ts';

test('an account that is reinstated in time keeps its data', async () => {
  const { seed, run, left } = await erasureCliInMemory();
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

test('reinstate names a run at work, and says that it may have erased data', async () => {
  const { seed, run, left, leases, consoleCategory } = await erasureCliInMemory();
  const index = await seed();
  await run(['setup']);
  await run(['terminate', '--uin', GONE, '--at', daysAgo(4)]);
  await leases.acquire(consoleCategory.id, 'run-7');
  const { code, stdout } = await run(['reinstate', '--uin', GONE]);
  expect(stdout).toMatch(/^Recorded: account-reinstated · cancelled 1 erasure\n/);
  expect(stdout).toContain(`\nA run of ${consoleCategory.id} is at work: run-7, which has the lease until `);
  expect(stdout).toContain(' may already be erased, wholly or in part; ');
  expect(stdout).toContain(`: node bin/es-retention.mjs status --uin ${GONE}\n`);
  expect(code).toBe(0);
  const status = await run(['status', '--uin', GONE]);
  expect(status.stdout).toContain('cancelled');
  const again = JSON.parse((await run(['reinstate', '--uin', GONE, '--json'])).stdout);
  expect(again).toMatchObject({ exitCode: 3, cancelled: 0, atWork: { runs: [], notAsked: [] } });
  expect(await left(index)).toHaveLength(3);
});

test('reinstate with the wrong scope cancels nothing, and shows the command with the right one', async () => {
  const { seed, run } = await erasureCliInMemory();
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
  const { seed, run, left } = await erasureCliInMemory();
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
])('terminate without %s records nothing, and names the fix', async (_, variable, says) => {
  const { run } = await erasureCliInMemory();
  const { code, stdout, stderr } = await run(['terminate', '--uin', GONE], { [variable]: '' });
  expect(stderr).toMatch(says);
  expect([code, stdout]).toEqual([2, '']);
  expect((await run(['status'], { [variable]: '' })).stdout).toMatch(/^Owed: nothing\n/);
});

test('terminate --json reports wrong input and its fix as one JSON document', async () => {
  const { run } = await erasureCliInMemory();
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

test('a purge without keys erases nothing and says so; the next purge with keys erases', async () => {
  const { seed, run, left, tell } = await erasureCliInMemory();
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

test('a refused purge issues receipts for earlier erasures, and a dry run issues none', async () => {
  const { environment, keys, seed, run, tell } = await erasureCliInMemory();
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
