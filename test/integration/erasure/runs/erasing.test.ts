import { randomUUID } from 'node:crypto';
import type { estypes } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { ownIndices } from '../../../../lib/policy/own-indices.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { configuration, GONE, runAfter, STAYS, seeded, theEntry } from '../../../support/erasure/erasing-cases.ts';
import { erasureFixture, TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { aroundRemover, NOW } from '../../../support/purge/purge-fixture.ts';
import { busy, openWire } from '../../../support/server/faulty-connection.ts';

const HOUR = DAY / 24;
test('a deleted account is erased with all its applications, and no other account is', async () => {
  const fixture = erasureFixture();
  const index = await seeded(fixture);
  await fixture.tell('account-deleted', { uin: GONE });
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'complete', kept: true, documentsRemoved: 2, erasures: { due: 1, open: 1 } });
  expect(await fixture.left(index)).toEqual(['stays']);
  expect(await theEntry(fixture)).toMatchObject({ state: 'erasing', uin: GONE, progress: { documentsErased: 2 } });

  // Nothing was written late: the next run closes it.
  expect(await runAfter(fixture, 1)).toMatchObject({ outcome: 'complete', erasures: { due: 1, erased: 1, open: 0 } });
  const entry = await theEntry(fixture);
  expect(entry).toMatchObject({
    state: 'erased',
    closedAt: NOW + HOUR,
    progress: { documentsErased: 2, firstErasedAt: NOW, verifiedAt: NOW + HOUR, newUse: 0 },
  });
  expect(JSON.stringify(entry)).not.toContain(GONE);
  expect(await runAfter(fixture, 2)).toMatchObject({ erasures: { due: 0 } });
});

test('documents dated after the end of the feature are new use: kept and counted', async () => {
  const fixture = erasureFixture();
  const index = await seeded(fixture);
  await fixture.add(index, { again: configuration(GONE, '1', TERMINATED + 1), undated: { uin: GONE, sdkAppId: '1' } });
  await fixture.tell('feature-terminated', { uin: GONE });
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'complete', findings: [{ code: 'new-use', severity: 'notice' }] });
  expect(await fixture.left(index)).toEqual(['again', 'stays']);
  expect(await theEntry(fixture)).toMatchObject({ state: 'erased', progress: { documentsErased: 3, newUse: 1 } });
});

test('no erasure is closed while an index cannot be searched, even after the deadline', async () => {
  const fixture = erasureFixture();
  const index = await seeded(fixture);
  const closed = await fixture.createIndex('archive', { old: configuration(GONE, '1') });
  await fixture.client.indices.close({ index: closed });
  await fixture.tell('feature-terminated', { uin: GONE });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'incomplete', erasures: { erased: 0, open: 1 } });
  expect(await fixture.left(index)).toEqual(['stays']);
  const late = await fixture.runPurge({ clock: () => TERMINATED + 8 * DAY });
  expect(late.kept).toBe(false);
  expect(late.findings.map(({ code }) => code)).toEqual(['closed', 'erasure-overdue']);
  await fixture.client.indices.open({ index: closed, wait_for_active_shards: 1 });
  expect(await fixture.runPurge({ clock: () => TERMINATED + 8 * DAY + HOUR })).toMatchObject({
    outcome: 'complete',
    erasures: { erased: 1 },
  });
  expect(await theEntry(fixture)).toMatchObject({ state: 'erased', progress: { documentsErased: 3 } });
});

const UNDATED: Readonly<Record<string, estypes.MappingProperty | undefined>> = {
  'is text': { type: 'text' },
  'is not mapped': undefined,
};

test('without a searchable timestamp, nothing is erased for the end of a feature', async () => {
  const fixture = erasureFixture();
  const indices: string[] = [];
  for (const [at, property] of Object.values(UNDATED).entries()) {
    const index = `${fixture.id}-undated-${at}`;
    const keyword = { type: 'keyword' } as const;
    const properties = { uin: keyword, sdkAppId: keyword, ...(property && { '@timestamp': property }) };
    await fixture.client.indices.create({ index, mappings: { dynamic: false, properties } });
    await fixture.add(index, {
      again: configuration(GONE, '1', TERMINATED + 1),
      deleted: configuration('42', '1'),
      stays: configuration(STAYS, '3'),
    });
    indices.push(index);
  }
  await fixture.tell('feature-terminated', { uin: GONE });
  await fixture.tell('account-deleted', { uin: '42' });
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'incomplete', kept: false, erasures: { due: 2, open: 2 } });
  expect(report.findings).toMatchObject(
    indices.map((index) => ({ code: 'timestamp-mapping', severity: 'blocking', index })),
  );
  for (const index of indices) expect(await fixture.left(index)).toEqual(['again', 'stays']);
  // The account that was deleted leaves nothing, whatever its date, and is closed.
  expect(await runAfter(fixture, 1)).toMatchObject({ erasures: { due: 2, erased: 1, open: 1 } });
  const late = await fixture.runPurge({ clock: () => TERMINATED + 8 * DAY });
  expect(late.findings).toContainEqual(expect.objectContaining({ code: 'erasure-overdue', subjects: 1 }));
});

test('a reinstatement before a retried deletion protects only that account', async () => {
  const fixture = erasureFixture();
  const index = await seeded(fixture);
  await fixture.add(index, { other: configuration('42', '1') });
  for (const uin of [GONE, '42']) await fixture.tell('account-deleted', { uin });
  const wire = openWire();
  wire.on(/-current\/_delete_by_query/, async (...request) => {
    await fixture.tell('account-reinstated', { uin: GONE }, NOW);
    return busy(...request);
  });
  await fixture.runPurge({ client: fixture.newClient({ Connection: wire.Connection }) });
  expect(wire.sent(/-current\/_delete_by_query/)).toHaveLength(2);
  expect(await fixture.left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
});

test('if the ledger cannot be written, the run fails, but its report is closed', async () => {
  const fixture = erasureFixture();
  const index = await seeded(fixture);
  await fixture.tell('feature-terminated', { uin: GONE });
  const wire = openWire();
  wire.on(/-ledger\.[^/]*\/_bulk/, busy, { skip: 1, times: Number.POSITIVE_INFINITY });
  const runId = randomUUID();
  const run = fixture.runPurge({ runId, client: fixture.newClient({ Connection: wire.Connection }) });
  await expect(run).rejects.toMatchObject({ code: 'store-busy' });
  const { _source: report } = await fixture.client.get({
    index: ownIndices(fixture.policy, fixture.category.id).reports,
    id: `${runId}.closed`,
  });
  expect(report).toMatchObject({ state: 'closed', outcome: 'complete', documentsRemoved: 2 });
  expect(report).not.toHaveProperty('erasures');
  expect(await runAfter(fixture, 1)).toMatchObject({ erasures: { due: 1, erased: 1 } });
  expect(await fixture.left(index)).toEqual(['stays']);
});

test('three thousand accounts are erased in a few requests', async () => {
  const fixture = erasureFixture({ category: { guard: { maxShare: 1, maxAccountShare: 1 } } });
  const uins = Array.from({ length: 3_000 }, (_, at) => `${9_007_199_254_740_992n + BigInt(at)}`);
  const index = await fixture.createIndex(
    'many',
    Object.fromEntries(uins.flatMap((uin) => [1, 2].map((app) => [`${uin}-${app}`, configuration(uin, `${app}`)]))),
  );
  await fixture.add(index, { stays: configuration('1', '1') });
  await fixture.tellAll(
    'feature-terminated',
    uins.map((uin) => ({ uin })),
  );
  let deletions = 0;
  const report = await fixture.runPurge({
    around: aroundRemover((real) => ({
      deleteSlice: (...given) => {
        deletions += 1;
        return real.deleteSlice(...given);
      },
    })),
  });
  expect(report).toMatchObject({ documentsRemoved: 6_000, erasures: { due: 3_000, erased: 3_000 } });
  expect(await fixture.left(index)).toEqual(['stays']);
  expect(deletions).toBe(1);
});
