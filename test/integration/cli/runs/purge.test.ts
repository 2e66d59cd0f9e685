import { expect, inject, onTestFinished, test } from 'vitest';
import { watchingProxy } from '../../../support/server/watching-proxy.ts';
import { aged, cliFixture } from '../command-line.ts';

test('purge without --execute is a dry run', async () => {
  const { createIndex, run, left, categoryId } = cliFixture();
  const old = await createIndex('calls-1', aged(20, 2));
  const { code, stdout } = await run(['purge', '--category', categoryId('calls')]);
  expect(stdout.split('\n')[0]).toContain('· would purge: 2 documents, by dropping 1 index ·');
  expect(stdout).toContain('Dry run: nothing was destroyed. Add --execute to purge.');
  expect(await left(old)).toHaveLength(2);
  expect(code).toBe(3);
});

test('purge --execute without a terminal purges, verifies and ends with exit code 0', async () => {
  const { createIndex, run, left, categoryId } = cliFixture();
  const old = await createIndex('calls-1', aged(20, 2));
  const mixed = await createIndex('calls-2', { ...aged(16, 3), ...aged(1, 2) });
  const { code, stdout, stderr } = await run(['purge', '--execute']);
  expect(stdout.split('\n')[0]).toMatch(
    /^Kept: 1 of 1 · 1 empty · purged: 5 documents, 2 of them by dropping 1 index · next run/,
  );
  const row = (index: string) => stdout.split('\n').find((line) => line.includes(index));
  expect(row(old)).toMatch(/ drop +dropped +2 +2 +gone +– +every document expired$/);
  expect(row(mixed)).toMatch(/ delete +deleted +3 +5 +2 +0 +some documents expired$/);
  expect(stdout).toContain(`${categoryId('calls')} · calls · P14D, overdue PT1H later\n  complete · run `);
  expect([await left(old), await left(mixed)]).toEqual([undefined, ['1d0', '1d1']]);
  expect([code, stderr]).toEqual([0, '']);
});

test('a policy in observe mode destroys nothing with --execute, and says why', async () => {
  const { createIndex, run, left, policyFileWith, categoryId } = cliFixture();
  const old = await createIndex('calls-1', aged(20, 2));
  const file = policyFileWith({ mode: 'observe' });
  const { code, stdout } = await run(['purge', '--execute', '--yes', '--category', categoryId('calls')], file);
  expect(stdout).toContain(
    `mode: observe in ${file}: nothing is destroyed. To keep the promises, write mode: enforce there.`,
  );
  expect(stdout.split('\n')[0]).toContain('would purge: 2 documents');
  expect(await left(old)).toHaveLength(2);
  expect(code).toBe(3);
});

test('documents that cannot be purged stay and are reported, with exit code 3', async () => {
  const { createIndex, run } = cliFixture();
  await createIndex('calls-1', { undated: {} });
  const { code, stdout } = await run(['purge', '--execute']);
  expect(stdout).toMatch(/^Kept: 0 of 1 · 1 empty · calls-\S+ 1 document undatable · purged: 0 documents/);
  expect(stdout).toContain('node bin/es-retention.mjs backfill-dates --category');
  expect(code).toBe(3);
});

test('a failing category does not stop the others, and the worst exit code counts', async () => {
  const { createIndex, run, left, client, categoryId } = cliFixture();
  const calls = await createIndex('calls-1', aged(20));
  const chats = await createIndex('chats-1', aged(20));
  await run(['purge']);
  const lease = { runId: 'another', fence: 9, expiresAt: new Date(Date.now() + 60_000).toISOString(), released: false };
  await client.index({
    index: `retention-leases.${categoryId('calls')}`,
    id: categoryId('calls'),
    document: { ...lease, blocks: [] },
  });

  const { code, stdout, stderr } = await run(['purge', '--execute', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    summary: expect.stringContaining(`Kept: 1 of 2 · ${categoryId('calls')} failed (lease-held) · purged: 1 document,`),
    categories: [
      {
        category: categoryId('calls'),
        kept: null,
        error: { code: 'lease-held', found: expect.stringContaining('another') },
      },
      { category: categoryId('chats'), kept: true, report: { outcome: 'complete', documentsRemoved: 1 } },
    ],
  });
  expect([await left(calls), await left(chats)]).toEqual([['20d0'], undefined]);
  expect([code, stderr]).toEqual([1, '']);
});

test('a failed run reports how many documents it removed before the failure', async () => {
  const { createIndex, start, client, left, categoryId } = cliFixture();
  const old = await createIndex('calls-1', aged(20, 2));
  const reports = `retention-reports.${categoryId('calls')}`;
  const proxy = await watchingProxy(inject('elasticsearchUrl'), async (line) => {
    if (line.includes(`/${reports}/_create/`) && line.includes('.closed'))
      await client.indices.delete({ index: reports }, { ignore: [404] });
  });
  onTestFinished(proxy.close);
  const { code, stdout } = await start(['purge', '--execute'], { ELASTICSEARCH_URL: proxy.url }).ended;
  expect(await left(old)).toBeUndefined();
  expect(stdout.split('\n')[0]).toContain('and at least 2 documents by what failed afterwards');
  expect(stdout).toContain('Reports do not come back');
  expect(code).not.toBe(0);
});

test('a run requests all settings of the cluster only once, since that request is its slowest', async () => {
  const { createIndex, start } = cliFixture();
  await createIndex('calls-1', aged(20, 2));
  await createIndex('calls-2', aged(1, 2));
  const asked: string[] = [];
  const proxy = await watchingProxy(inject('elasticsearchUrl'), (line) => {
    if (line.includes('/_cluster/settings')) asked.push(line);
  });
  onTestFinished(proxy.close);
  expect((await start(['purge', '--execute'], { ELASTICSEARCH_URL: proxy.url }).ended).code).toBe(0);
  expect(asked.filter((line) => line.includes('include_defaults=true'))).toHaveLength(1);
  expect(asked.length).toBeGreaterThan(1);
});
