import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rotateKeyRingFile } from '../../../lib/adapters/files/key-ring-file.ts';
import { temporaryFile } from '../../support/temporary-file.ts';
import { erasureCliFixture, GONE, STAYS } from './erasure-command-line.ts';

test('status, verify and plan show what is owed and overdue, and name no account', async () => {
  const { seed, run, tell, consoleCategory } = await erasureCliFixture();
  await seed();
  await tell('feature-terminated', { uin: GONE, sdkAppId: '1' }, 8);
  await tell('account-deleted', { uin: GONE }, 4);
  await tell('account-deleted', { uin: STAYS }, 1);
  await tell('account-reinstated', { uin: STAYS }, 0);

  const status = await run(['status']);
  const [summary, , , heading, counts, , overdue, due, ...rest] = status.stdout.split('\n');
  expect(summary).toMatch(/^Owed: 2 erasures · 1 overdue · nearest deadline \d{4}-\d\d-\d\d \d\d:\d\d UTC, past$/);
  expect(heading).toBe(`${consoleCategory.id} · Console · erased P3D to P7D after termination`);
  expect(counts?.trim()).toBe(
    'pending 2 · erasing 0 · due 2 · overdue 1 · erased 0 · nothing found 0 · cancelled 2 · held 0 · braked 0',
  );
  expect(overdue).toMatch(
    /^ {2}[\w-]{12}… +application +feature-terminated +pending, overdue .* 2[45] h over +0 +msg_/,
  );
  expect(due).toMatch(/^ {2}[\w-]{12}… +account +account-deleted +pending, due .* 7[12] h +0 +msg_/);
  expect(rest).toEqual(['']);
  expect([status.code, status.stderr]).toEqual([3, '']);

  const json = await run(['status', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    command: 'status',
    summary,
    exitCode: 3,
    categories: [{ pending: 2, overdue: 1, entries: [{ overdue: true }, { due: true, overdue: false }] }],
  });

  const verify = await run(['verify']);
  expect(verify.stdout.split('\n')[0]).toMatch(
    new RegExp(`^Kept: 0 of 1 · ${consoleCategory.id} 1 erasure overdue · next run by `),
  );
  expect(verify.stdout).toMatch(/ not kept +1 +3 +2 +– +– +– +P7D after termination +.* 1 erasure overdue\n/);
  expect(verify.code).toBe(3);

  const plan = await run(['plan', '--json']);
  expect(JSON.parse(plan.stdout).categories[0]).toMatchObject({
    cutoff: null,
    deadline: 'P7D',
    cancelWindow: 'P3D',
    kept: false,
    problems: ['1 erasure overdue'],
    erasures: { due: 2, withoutDocuments: 0, more: 0, documents: 3, newUse: 0, shared: 0 },
    indices: [{ action: 'delete', documents: 3, due: 2, reason: 'some documents to be erased' }],
  });

  for (const { stdout } of [status, json, verify, plan])
    for (const uin of [GONE, STAYS]) expect(stdout).not.toContain(uin);
});

test('status --uin shows the entries of that account only', async () => {
  const { run, tell } = await erasureCliFixture();
  await tell('account-deleted', { uin: GONE }, 8);
  await tell('account-deleted', { uin: STAYS }, 1);
  const { code, stdout } = await run(['status', '--uin', STAYS, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    summary: expect.stringMatching(/^Owed: 1 erasure · nearest deadline [^,]*$/),
    exitCode: 0,
    categories: [{ pending: 1, overdue: 0, entries: [{ state: 'pending', due: false }] }],
  });
  expect(JSON.parse(stdout).categories[0].entries[0].hoursLeft).toBeCloseTo(6 * 24, 0);
  expect(code).toBe(0);
  await tell('feature-terminated', { uin: '6', sdkAppId: '7' }, 1);
  const other = await run(['status', '--uin', '6']);
  expect(other.stdout).toMatch(
    /^No erasure is recorded for this subject .* · 1 erasure owed in other scopes of this account\n/,
  );
  expect(other.stdout).toMatch(
    /Still owed: application 7 in .* node bin\/es-retention.mjs reinstate --uin 6 --app 7\n/,
  );
  const unknown = await run(['status', '--uin', '1']);
  expect(unknown.stdout).toMatch(
    /^No erasure is recorded for this subject \(looked up with the current key ring\)\nCluster .* at 127\.0\.0\.1:\d+\n$/,
  );
});

test('without the newest key in the ring, no command says that nothing is owed', async () => {
  const { run, seed, keys, consoleCategory } = await erasureCliFixture();
  await seed();
  const old = temporaryFile('old.json', readFileSync(keys, 'utf8'));
  const { kid } = await rotateKeyRingFile(keys, 'subject', Date.now());
  await run(['terminate', '--uin', GONE]);
  const active = temporaryFile('active.txt', `${STAYS}\n`);
  const says = `The key ring has no subject key ${kid}, under which ${consoleCategory.id} owes erasures: `;
  for (const args of [
    ['status', '--uin', GONE],
    ['receipt', '--uin', GONE],
    ['reconcile', '--active', active],
  ]) {
    const { code, stdout } = await run(args, { RETENTION_KEYS: old });
    expect(stdout).toContain(says);
    expect(stdout).not.toContain('No erasure is recorded');
    expect(code).toBe(3);
    expect((await run(args)).stdout).not.toContain(says);
  }
});
