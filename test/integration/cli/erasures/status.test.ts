import { expect, test } from 'vitest';
import { erasureCliFixture, GONE, STAYS } from '../erasure-command-line.ts';

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
    new RegExp(`^Kept: 0 of 1 · ${consoleCategory.id} 1 erasure overdue · (?:no run yet|last run )`),
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
