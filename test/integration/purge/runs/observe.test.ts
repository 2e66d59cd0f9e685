import { expect, test } from 'vitest';
import { ownIndices } from '../../../../lib/policy/own-indices.ts';
import { daysAgo, purgeFixture } from '../../../support/purge/purge-fixture.ts';

const old = { '@timestamp': daysAgo(20) };
const live = { '@timestamp': daysAgo(1) };

test.each([
  ['a policy in observe mode', { mode: 'observe' }, {}],
  ['a dry run', {}, { dryRun: true }],
] as const)('%s plans, verifies and reports, but destroys nothing', async (_, changes, options) => {
  const fixture = purgeFixture(changes);
  const expired = await fixture.createIndex('a', { old });
  const mixed = await fixture.createIndex('b', { old, live });
  const report = await fixture.runPurge(options);
  expect(report).toMatchObject({
    outcome: 'observed',
    kept: false,
    documentsRemoved: 0,
    found: { due: 2, overdue: 2 },
    indices: [
      { index: expired, planned: 'drop', found: 'there', dueAfter: 1 },
      { index: mixed, planned: 'delete', found: 'there', dueAfter: 1 },
    ],
  });
  expect(await fixture.left(expired)).toEqual(['old']);
  expect(await fixture.left(mixed)).toEqual(['live', 'old']);
  await fixture.add(expired, { notBlocked: live });
  const reports = ownIndices(fixture.policy, fixture.category.id).reports;
  expect(await fixture.client.exists({ index: reports, id: `${report.runId}.closed` })).toBe(true);
});

test('a run in enforce mode purges what a run in observe mode left', async () => {
  const fixture = purgeFixture({ mode: 'observe' });
  await fixture.createIndex('a', { old });
  await fixture.runPurge();
  const policy = fixture.policyWith({ mode: 'enforce' });
  expect(await fixture.runPurge({ policy })).toMatchObject({ outcome: 'complete', indicesDropped: 1 });
});

test('a category without an age rule keeps everything, even old and undated', async () => {
  const fixture = purgeFixture({ category: { rules: {}, records: 'current-state' } });
  const index = await fixture.createIndex('a', { ancient: { '@timestamp': '1999-01-01T00:00:00Z' }, undated: {} });
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'complete', kept: true, planned: { documents: 2, due: 0, undatable: 0 } });
  expect(await fixture.left(index)).toEqual(['ancient', 'undated']);
});
