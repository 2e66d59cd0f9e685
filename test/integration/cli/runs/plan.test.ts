import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { serverNow } from '../../../support/server/server-clock.ts';
import { aged, cliFixture } from '../command-line.ts';

test('plan shows for each index what a purge would do and why; it changes nothing', async () => {
  const { createIndex, run, left, client, categoryId, id } = cliFixture();
  const old = await createIndex('calls-1', aged(20, 2));
  const mixed = await createIndex('calls-2', { ...aged(16, 3), ...aged(1, 2) });
  const young = await createIndex('calls-3', aged(2));
  const { code, stdout } = await run(['plan', '--all', '--category', categoryId('calls')]);

  expect(stdout.split('\n')[0]).toMatch(
    /^Kept: 0 of 1 · .* · to purge: 5 documents, 2 of them by dropping 1 index · no run yet$/m,
  );
  const row = (index: string) => stdout.split('\n').find((line) => line.includes(index));
  expect(row(old)).toMatch(/ drop +2 +2 +0 +\d{4}-.* – .* every document expired$/);
  expect(row(mixed)).toMatch(/ delete +5 +3 +0 .* some documents expired$/);
  expect(row(young)).toMatch(/ keep +1 +0 +0 .* nothing expired$/);
  expect(code).toBe(3);

  expect([await left(old), await left(mixed)]).toMatchObject([{ length: 2 }, { length: 5 }]);
  const lease = await client.get(
    { index: `retention-leases.${categoryId('calls')}`, id: categoryId('calls') },
    { ignore: [404] },
  );
  expect(lease.found ?? false, `a lease of ${id}`).toBe(false);
});

test('plan shows a refusal with its numbers', async () => {
  const { createIndex, run, policyFileWith, categoryId } = cliFixture();
  await createIndex('calls-1', aged(20, 3));
  await createIndex('calls-2', aged(1));
  const args = ['plan', '--category', categoryId('calls')];
  const { code, stdout } = await run(args, policyFileWith({ maxShare: 0.5 }));
  expect(stdout).toContain('! refused as a whole: share');
  expect(stdout).toContain('3 of 4 documents (75 %)');
  expect(stdout.split('\n')[0]).toContain('refused (share) · to purge: 0 documents');
  expect(code).toBe(3);
});

test('plan shows announced documents, and purge removes them despite a low maxShare', async () => {
  const { createIndex, run, left, policyFileWith, categoryId } = cliFixture();
  const file = policyFileWith({ maxShare: 0.1 });
  const due = serverNow() + 12_000;
  const index = await createIndex('calls-1', {
    one: { '@timestamp': isoInstant(due - 14 * DAY) },
    two: { '@timestamp': isoInstant(due - 14 * DAY - 1) },
  });
  const category = ['--category', categoryId('calls')];
  expect(await run(['purge', '--execute', ...category], file)).toMatchObject({ code: 0 });
  await sleep(Math.max(0, due + 50 - serverNow()));
  const { stdout } = await run(['plan', ...category], file);
  expect(stdout).toContain('to purge: 2 documents, by dropping 1 index');
  expect(stdout).toMatch(/^ {2}of what is due: 2 announced by the report of \d{4}-\S+Z \(\S+\)$/m);
  const json = JSON.parse((await run(['plan', '--json', ...category], file)).stdout);
  expect(json.categories).toMatchObject([{ announced: { documents: 2 } }]);
  expect(await run(['purge', '--execute', ...category], file)).toMatchObject({ code: 0 });
  expect(await left(index)).toBeUndefined();
});

test('plan --json prints the content of plan for programs', async () => {
  const { createIndex, run, categoryId } = cliFixture();
  const index = await createIndex('calls-1', aged(20, 2));
  const { stdout } = await run(['plan', '--json', '--category', categoryId('calls'), categoryId('chats')]);
  expect(JSON.parse(stdout).categories).toMatchObject([
    {
      category: categoryId('calls'),
      cutoff: expect.any(String),
      indices: [{ index, action: 'drop', documents: 2, due: 2, undatable: 0, reason: 'every document expired' }],
    },
    { category: categoryId('chats'), indices: [], findings: [{ code: 'no-index', severity: 'notice' }] },
  ]);
});

test('an index name with control characters is escaped in text, and unchanged in JSON', async () => {
  const { createIndex, run, categoryId } = cliFixture();
  const hostile = await createIndex('calls-\u001b[2j\u202e', aged(1));
  const args = ['plan', '--all', '--category', categoryId('calls')];
  const { stdout } = await run(args);
  expect(stdout).toContain('calls-\\u{1b}[2j\\u{202e}');
  expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  const json = await run([...args, '--json']);
  expect(json.stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(JSON.parse(json.stdout).categories[0].indices[0].index).toBe(hostile);
});
