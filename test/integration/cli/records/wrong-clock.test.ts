import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DAY, MINUTE } from '../../../../lib/policy/time/duration.ts';
import { clockAhead } from '../../../support/server/clock-ahead.ts';
import { erasureCliFixture, GONE } from '../erasure-command-line.ts';

// Never: a window that a wrong clock has ended, a return from a day that has not come, a memory that is lost before its
// time.

test.each([
  ['terminate, by a clock behind', ['terminate', '--uin', GONE], -4 * DAY],
  ['terminate, by a clock ahead', ['terminate', '--uin', GONE], 6 * MINUTE],
  ['reinstate, by a clock ahead', ['reinstate', '--uin', GONE], 9 * DAY],
  ['replay, by a clock ahead', ['replay'], 9 * DAY],
])('%s is refused, and nothing is recorded', async (_, args, ahead) => {
  const { run, seed, archive } = await erasureCliFixture();
  await seed();
  const refused = await run(args, clockAhead(ahead));
  expect(refused.stderr).toMatch(
    /clock-skew\n.*at most 5 minutes apart\n.*here, .*in the cluster\n.*NTP.*Nothing was recorded/,
  );
  expect([refused.code, refused.stdout]).toEqual([1, '']);
  expect((await run(['status'])).stdout).toMatch(/^Owed: nothing\n/);
  expect(() => readdirSync(archive, { recursive: true })).toThrow('ENOENT');
});

test('a run whose clock is far ahead removes neither a reinstatement nor its archive copy', async () => {
  const { run, seed, tell, archive, left } = await erasureCliFixture();
  const index = await seed();
  await tell('feature-terminated', { uin: GONE }, 5);
  await tell('account-reinstated', { uin: GONE }, 4);
  const copies = () =>
    readdirSync(join(archive, 'events'), { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
      .length;
  const before = copies();
  expect(before).toBe(2);
  expect((await run(['purge', '--execute'], clockAhead(50 * DAY))).stdout).toContain('clock-skew');
  expect(copies()).toBe(before);
  // The sender repeats the first message: it has been cancelled.
  await tell('feature-terminated', { uin: GONE }, 5);
  await run(['purge', '--execute']);
  expect(await left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
});
