import { expect, test } from 'vitest';
import { erasureCliFixture, GONE } from './erasure-command-line.ts';

test('housekeeping before the first run goes by the records that there are, and by setup where there are none', async () => {
  const { run, tell, client, names } = await erasureCliFixture();
  const none = await run(['housekeeping']);
  expect(none.code).toBe(1);
  expect(none.stderr + none.stdout).toContain('Run node bin/es-retention.mjs setup');
  await tell('account-deleted', { uin: GONE }, 1);
  const { code, stdout } = await run(['housekeeping']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('Removed: 0 records of ours')]);
  await client.indices.delete({ index: [names.ledger, names.events], ignore_unavailable: true });
  expect((await run(['setup'])).code).toBe(0);
  expect((await run(['housekeeping'])).code).toBe(0);
});
