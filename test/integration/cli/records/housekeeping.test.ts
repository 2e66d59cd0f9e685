import { readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { takeNothingOver } from '../../../support/server/reused-names.ts';
import { erasureCliFixture, GONE, STAYS } from '../erasure-command-line.ts';

beforeEach(takeNothingOver);

test('housekeeping fails until there are records or setup has created the indices', async () => {
  const { run, tell, client, names } = await erasureCliFixture();
  const none = await run(['housekeeping']);
  expect(none.code).toBe(1);
  expect(none.stderr + none.stdout).toContain('Run node bin/es-retention.mjs setup');
  await tell('account-deleted', { uin: GONE }, 1);
  const { code, stdout } = await run(['housekeeping']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('Removed: 0 records of ours')]);
  await client.indices.delete({ index: [names.ledger, names.events], ignore_unavailable: true });
  expect((await run(['setup'])).code).toBe(0);
  const after = await run(['housekeeping']);
  expect([after.code, after.stderr]).toEqual([0, '']);
});

test('housekeeping keeps the archived events of owed erasures, so that replay can use them', async () => {
  const { run, tell, client, names, archive } = await erasureCliFixture();
  await tell('account-deleted', { uin: GONE }, -300);
  await tell('account-deleted', { uin: STAYS }, 2);
  await tell('account-reinstated', { uin: STAYS }, 1);
  const copies = () => readdirSync(join(archive, 'events'));
  for (const copy of copies()) utimesSync(join(archive, 'events', copy), 0, 0);
  await client.indices.refresh({ index: [names.ledger, names.events] });
  expect((await run(['housekeeping'])).stdout).toContain('Archive, events: 2 copies');
  expect(copies()).toHaveLength(1);
  await client.indices.delete({ index: [names.ledger, names.events] });
  const replayed = await run(['replay']);
  expect([replayed.code, replayed.stderr]).toEqual([0, '']);
  expect((await run(['status', '--uin', GONE])).stdout).toContain('Owed: 1 erasure');
});
