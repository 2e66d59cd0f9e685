import { expect, test } from 'vitest';
import type { Ports } from '../../../../lib/purge/purge.ts';
import { entryOf, GONE, returning, twoIndices } from '../../../support/erasure/cancelled-erasures-fixture.ts';
import { erasureFixture, TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { NOW } from '../../../support/purge/purge-fixture.ts';

test('an account reinstated during its erasure keeps the rest, and the erased documents are counted', async () => {
  const fixture = erasureFixture();
  const [a, b] = await twoIndices(fixture);
  await fixture.tell('account-deleted', { uin: GONE });
  const atWork: unknown[] = [];
  const look = async ({ leases }: Ports) => {
    atWork.push(await leases.owner(fixture.category.id));
    atWork.push((await entryOf(fixture))?.progress);
  };
  const around = returning(fixture, 'deleteSlice', 'after', look);
  const report = await fixture.runPurge({ around, runId: 'at-work' });
  expect(report).toMatchObject({
    outcome: 'complete',
    found: { due: 0 },
    documentsRemoved: 1,
    erasures: { due: 1, cancelled: 1, open: 0 },
  });
  expect(report.findings).toMatchObject([
    { code: 'erasures-taken-back', found: expect.stringContaining('; 1 of their') },
  ]);
  expect(JSON.stringify(report)).not.toContain(GONE);
  expect(await Promise.all([a, b].map(fixture.left))).toEqual([['stays'], ['gone-b', 'stays']]);
  // At the moment of the return a run had the lease, and had counted two documents.
  expect(atWork).toMatchObject([{ runId: 'at-work' }, { documentsErased: 0, claimed: 2 }]);
  expect(await entryOf(fixture)).toMatchObject({
    state: 'cancelled',
    reinstatedAt: NOW,
    obligation: { terminatedAt: TERMINATED },
    progress: { documentsErased: 1 },
  });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', erasures: { due: 0 }, documentsRemoved: 0 });
});

test('the number of erased documents is a lower bound if an index is closed after a reinstatement', async () => {
  const fixture = erasureFixture();
  const [, b] = await twoIndices(fixture);
  await fixture.tell('account-deleted', { uin: GONE });
  const close = () => fixture.client.indices.close({ index: b });
  const report = await fixture.runPurge({ around: returning(fixture, 'deleteSlice', 'after', close) });
  expect(report.outcome).toBe('incomplete');
  expect(report.findings.find(({ code }) => code === 'erasures-taken-back')?.found).toContain('; at least 0 of their');
  expect(await entryOf(fixture)).toMatchObject({ state: 'cancelled', progress: { documentsErased: 0, claimed: 2 } });
});
