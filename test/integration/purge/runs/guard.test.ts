import { expect, test } from 'vitest';
import type { Report } from '../../../../lib/purge/report/report.ts';
import { daysAgo, type PurgeFixture, purgeFixture } from '../../../support/purge/purge-fixture.ts';

const old = { '@timestamp': daysAgo(20) };
const live = { '@timestamp': daysAgo(1) };

/** Two indices with work for a purge; what is there before must be there after a refusal, without a block. */
const twoIndices = async (fixture: PurgeFixture): Promise<readonly string[]> => [
  await fixture.createIndex('expired', { old }),
  await fixture.createIndex('mixed', { old, live }),
];

const expectNothingTouched = async (
  fixture: PurgeFixture,
  [expired = '', mixed = '']: readonly string[],
  report: Report,
): Promise<void> => {
  expect(report).toMatchObject({ outcome: 'refused', documentsRemoved: 0, indicesDropped: 0 });
  expect(await fixture.left(expired)).toEqual(['old']);
  expect(await fixture.left(mixed)).toEqual(['live', 'old']);
  const settings = await fixture.client.indices.getSettings({ index: `${fixture.id}-*`, name: 'index.blocks.*' });
  expect(settings).toEqual({});
};

test("a plan beyond the policy's share is refused, with the numbers", async () => {
  const fixture = purgeFixture({ maxShare: 0.5 });
  const indices = await twoIndices(fixture);
  const report = await fixture.runPurge();
  await expectNothingTouched(fixture, indices, report);
  expect(report.refusals).toMatchObject([
    {
      code: 'share',
      expected: expect.stringContaining('at most 50 %'),
      found: '2 of 3 documents (66.7 %)',
      fix: expect.stringContaining(`raise guard.maxShare of "${fixture.category.id}"`),
    },
  ]);
});

test('a plan of exactly the allowed share is carried out', async () => {
  const fixture = purgeFixture({ maxShare: 0.5 });
  await fixture.createIndex('expired', { old });
  await fixture.createIndex('fresh', { live });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 1, refusals: [] });
});

test('a plan is not refused any more once the policy allows its share', async () => {
  const fixture = purgeFixture({ maxShare: 0.5 });
  await twoIndices(fixture);
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'refused' });
  const policy = fixture.policyWith({ maxShare: 0.7 });
  expect(await fixture.runPurge({ policy })).toMatchObject({ outcome: 'complete', documentsRemoved: 2 });
});
