import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { backfillDates } from '../../../../lib/maintenance/backfill-dates.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { erasureFixture } from '../../../support/erasure/erasure-fixture.ts';
import { portsAt } from '../../../support/purge/ports-at.ts';
import { daysAgo, NOW, type PurgeFixture, purgeFixture } from '../../../support/purge/purge-fixture.ts';

// Never: a request that deletes single documents of an index without sequence numbers (Elasticsearch 9.4 and later).
// The cluster would not notice that a document has become live since the request found it.

const WITHOUT = { 'index.disable_sequence_numbers': true } as object;

/** Makes such an index from an ordinary one; false if the server has no such indices. */
const recreatedWithout = async ({ client }: Pick<PurgeFixture, 'client'>, index: string): Promise<boolean> => {
  const { [index]: before } = await client.indices.get({ index });
  await client.indices.delete({ index });
  const mappings = before?.mappings ?? {};
  try {
    await client.indices.create({ index, mappings, settings: { number_of_replicas: 0, ...WITHOUT } });
    return true;
  } catch (error) {
    if (!String(error).includes('unknown setting')) throw error;
    return false;
  }
};

const FOUND = { code: 'no-sequence-numbers', severity: 'blocking' };

test('an index without sequence numbers keeps its documents until they are copied as the fix says', async (context) => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs');
  if (!(await recreatedWithout(fixture, index))) context.skip('this server numbers all documents');
  await fixture.add(index, { old: { '@timestamp': daysAgo(20) }, live: { '@timestamp': daysAgo(1) } });
  expect(await fixture.runPurge()).toMatchObject({
    outcome: 'incomplete',
    kept: false,
    documentsRemoved: 0,
    found: { due: 1 },
    findings: [{ ...FOUND, index, found: 'index.disable_sequence_numbers, and 1 document expired' }],
  });
  expect(await fixture.left(index)).toEqual(['live', 'old']);
  const copy = await fixture.createIndex('copy');
  await fixture.client.reindex({ source: { index }, dest: { index: copy }, refresh: true });
  await fixture.client.indices.delete({ index });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 1, findings: [] });
  expect(await fixture.left(copy)).toEqual(['live']);
});

test('an index without sequence numbers is dropped if all documents are due', async (context) => {
  const fixture = purgeFixture();
  await fixture.createIndex('live', { live: { '@timestamp': daysAgo(1) } });
  const index = await fixture.createIndex('logs');
  if (!(await recreatedWithout(fixture, index))) context.skip('this server numbers all documents');
  await fixture.add(index, { old: { '@timestamp': daysAgo(20) } });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', indicesDropped: 1 });
});

test('an account in an index without sequence numbers is not erased, and its erasure stays open', async (context) => {
  const fixture = erasureFixture();
  const index = await fixture.createIndex('accounts');
  if (!(await recreatedWithout(fixture, index))) context.skip('this server numbers all documents');
  const of = (uin: string) => ({ uin, '@timestamp': isoInstant(NOW - 5 * DAY) });
  await fixture.add(index, { gone: of('7'), stays: of('8') });
  await fixture.tell('account-deleted', { uin: '7' });
  expect(await fixture.runPurge()).toMatchObject({
    outcome: 'incomplete',
    documentsRemoved: 0,
    erasures: { erased: 0, open: 1 },
    findings: expect.arrayContaining([expect.objectContaining({ ...FOUND, index })]),
  });
  expect(await fixture.left(index)).toEqual(['gone', 'stays']);
});

test('the cluster refuses a deletion in an index that has lost its sequence numbers since the plan', async (context) => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs');
  if (!(await recreatedWithout(fixture, index))) context.skip('this server numbers all documents');
  await fixture.add(index, { old: { '@timestamp': daysAgo(20) }, live: { '@timestamp': daysAgo(1) } });
  const report = await fixture.runPurge({
    around: ({ store, ...ports }) => ({
      ...ports,
      store: {
        ...store,
        describe: async (...given) =>
          (await store.describe(...given)).map(({ unnumbered, ...description }) => description),
      },
    }),
  });
  expect(report).toMatchObject({ outcome: 'incomplete', documentsRemoved: 0, findings: [{ code: 'not-purged' }] });
  expect(await fixture.left(index)).toEqual(['live', 'old']);
});

test('backfill-dates writes no date into an index without sequence numbers, and names the setting', async (context) => {
  const fixture = purgeFixture();
  const { client, policy, category } = fixture;
  const index = await fixture.createIndex('logs');
  if (!(await recreatedWithout(fixture, index))) context.skip('this server numbers all documents');
  await fixture.add(index, { undated: { note: 'no date' } });
  const ports = portsAt(client, policy, { timeout: () => 30_000, firstWait: 20 }, () => NOW);
  const run = { runId: randomUUID(), dryRun: false, policy, category };
  const { dated, left, obstacles } = await backfillDates(run, ports, { ingestedAt: NOW - 20 * DAY });
  expect({ dated, left, obstacles }).toMatchObject({
    dated: 0,
    left: 1,
    obstacles: [{ code: 'not-dated', index, found: expect.stringContaining('index.disable_sequence_numbers') }],
  });
});
