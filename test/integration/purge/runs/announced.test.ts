import { describe, expect, test } from 'vitest';
import { ownIndices } from '../../../../lib/policy/own-indices.ts';
import { DAY, MINUTE } from '../../../../lib/policy/time/duration.ts';
import { type Instant, isoInstant } from '../../../../lib/policy/time/instant.ts';
import { type Documents, NOW, type PurgeFixture, purgeFixture } from '../../../support/purge/purge-fixture.ts';

/** Documents that fall due within a few minutes after {@link NOW}. */
const soon = (write: (at: Instant) => object): Documents =>
  Object.fromEntries([1, 2, 3].map((minutes) => [`${minutes}`, write(NOW - 14 * DAY + minutes * MINUTE)]));

const byTimestamp = (at: Instant) => ({ '@timestamp': isoInstant(at) });
const later = () => NOW + 15 * MINUTE;

const reportsOf = ({ policy, category }: PurgeFixture): string => ownIndices(policy, category.id).reports;

test('documents that an earlier run announced are deleted despite the guard, for any date mapping', async () => {
  const fixture = purgeFixture({ maxShare: 0.1 });
  const day = isoInstant(NOW - 14 * DAY).slice(0, 10);
  const days = { mappings: { properties: { '@timestamp': { type: 'date', format: 'yyyy-MM-dd' } } } } as const;
  await fixture.createIndices([
    { suffix: 'date', documents: soon(byTimestamp) },
    { suffix: 'nanos', documents: soon(byTimestamp), properties: { '@timestamp': { type: 'date_nanos' } } },
    {
      suffix: 'seconds',
      documents: soon((at) => ({ '@timestamp': at / 1000 })),
      properties: { '@timestamp': { type: 'date', format: 'epoch_second' } },
    },
    {
      suffix: 'both',
      documents: soon((at) => ({ '@timestamp': isoInstant(at - 30 * MINUTE), event: { ingested: isoInstant(at) } })),
    },
    { suffix: 'day', documents: { day: { '@timestamp': day } }, ...days },
  ]);
  const first = await fixture.runPurge();
  expect(first).toMatchObject({ outcome: 'complete', documentsRemoved: 0 });
  const announced = first.fallingDue?.reduce((sum, { documents }) => sum + documents, 0);
  expect([first.fallingDue?.[0], announced]).toEqual([{ after: isoInstant(NOW), documents: 13 }, 13]);

  expect(await fixture.runPurge({ clock: later })).toMatchObject({
    outcome: 'complete',
    refusals: [],
    documentsRemoved: 12,
    announced: { documents: 12, runId: first.runId, startedAt: isoInstant(NOW) },
  });
  // What is dated by its day falls due when that day is over. It is the only document that is left.
  const midnight = Date.parse(day) + 15 * DAY;
  for (let now = later(); now < midnight - MINUTE; now += 80 * MINUTE)
    expect(await fixture.runPurge({ clock: () => now })).toMatchObject({ documentsRemoved: 0, refusals: [] });
  await fixture.runPurge({ clock: () => midnight - MINUTE });
  expect(await fixture.runPurge({ clock: () => midnight })).toMatchObject({ refusals: [], documentsRemoved: 1 });
});

describe('a doubtful report', () => {
  const announcing = async (): Promise<{ fixture: PurgeFixture; runId: string; index: string }> => {
    const fixture = purgeFixture({ maxShare: 0.1 });
    const index = await fixture.createIndex('a', soon(byTimestamp));
    const { runId } = await fixture.runPurge();
    return { fixture, runId, index };
  };

  const expectRefused = async (fixture: PurgeFixture, index: string): Promise<void> => {
    expect(await fixture.runPurge({ clock: later })).toMatchObject({ outcome: 'refused', documentsRemoved: 0 });
    expect(await fixture.left(index)).toHaveLength(3);
  };

  test.each<[string, object]>([
    ['if somebody else closed it', { opening: 'A'.repeat(43) }],
    ['if it does not prove who closed it', { opening: null }],
    ['if its numbers are no numbers', { fallingDue: [{ after: isoInstant(NOW), documents: 'many' }] }],
    ['if its instants are no instants', { fallingDue: [{ after: 'soon', documents: 3 }] }],
    ['if it says that documents were left', { found: { due: 1 } }],
  ])('announces nothing %s', async (_, doc) => {
    const { fixture, runId, index } = await announcing();
    await fixture.client.update({ index: reportsOf(fixture), id: `${runId}.closed`, doc, refresh: true });
    await expectRefused(fixture, index);
  });

  test.each<[string, object]>([
    ['if it was opened under the name of another run', { runId: 'other' }],
    ['if it was opened without a commitment', { commitment: null }],
    ['if it was opened under another policy', { policyVersion: 'sha256:other' }],
  ])('announces nothing %s', async (_, doc) => {
    const { fixture, runId, index } = await announcing();
    await fixture.client.update({ index: reportsOf(fixture), id: `${runId}.opened`, doc, refresh: true });
    await expectRefused(fixture, index);
  });
});
