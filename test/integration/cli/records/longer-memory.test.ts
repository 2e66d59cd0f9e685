import { expect, test } from 'vitest';
import { elasticsearchEventLog } from '../../../../lib/adapters/elasticsearch/ledger/elasticsearch-event-log.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { serverNow } from '../../../support/server/server-clock.ts';
import { daysAgo, erasureCliFixture, GONE, STAYS } from '../erasure-command-line.ts';

const REQUESTS = { timeout: () => 30_000 };

// Never: an account erased that came back, since the return was forgotten under a shorter memory than that of today.

test('a run notes up to when events may have been removed, and older terminations are then refused', async () => {
  const { run, tell, seed, left, client, names } = await erasureCliFixture();
  const index = await seed();
  await tell('account-deleted', { uin: STAYS }, 1);
  const log = elasticsearchEventLog(client, REQUESTS, names.events);
  expect(await log.removedBefore(serverNow())).toBeUndefined();
  await run(['purge', '--execute']);
  const noted = (await log.removedBefore(serverNow())) ?? 0;
  expect(Math.abs(noted - (serverNow() - 45 * DAY))).toBeLessThan(DAY);
  // As a run under a shorter memory leaves it: 16 days.
  await log.noteRemoved(serverNow() - 17 * DAY, serverNow() - DAY);
  const end = ['terminate', '--uin', GONE, '--account-deleted', '--yes', '--immediate', '--at'];
  const refused = await run([...end, daysAgo(20)]);
  expect([refused.code, refused.stderr + refused.stdout]).toEqual([2, expect.stringContaining('too-long-ago')]);
  const after = await run(['purge', '--execute']);
  expect(after.stdout).not.toContain('known to the archive only');
  expect(await left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
  expect((await run([...end, daysAgo(10)])).code).toBe(0);
});
