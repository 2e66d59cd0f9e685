import { expect, test } from 'vitest';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import type { Ports } from '../../../../lib/purge/purge.ts';
import { configuration, GONE, runAfter, STAYS, seeded, theEntry } from '../../../support/erasure/erasing-cases.ts';
import { TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { erasureInMemory } from '../../../support/in-memory/erasure-in-memory.ts';
import { aroundRemover, NOW } from '../../../support/purge/purge-fixture.ts';

const HOUR = DAY / 24;
test('a run erases nothing before the cancel window ends, and everything after it', async () => {
  const fixture = erasureInMemory();
  const index = await seeded(fixture);
  await fixture.tell('account-deleted', { uin: GONE }, NOW - 3 * DAY);
  expect(await fixture.runPurge({ clock: () => NOW - 1 })).toMatchObject({ documentsRemoved: 0, erasures: { due: 0 } });
  expect(await fixture.left(index)).toHaveLength(3);
  expect(await fixture.runPurge()).toMatchObject({ documentsRemoved: 2, erasures: { due: 1 } });
});

test('an erasure without documents is not closed while the time of the cluster is unknown', async () => {
  const fixture = erasureInMemory();
  await fixture.createIndex('empty');
  await fixture.tell('account-deleted', { uin: GONE }, NOW - 3 * DAY);
  const around = (ports: Ports): Ports => ({ ...ports, store: { ...ports.store, serverTime: async () => undefined } });
  expect(await fixture.runPurge({ clock: () => NOW + 2 * HOUR, around })).toMatchObject({
    outcome: 'refused',
    refusals: [{ code: 'clock-skew' }],
  });
  expect((await fixture.entries()).map(({ state }) => state)).not.toContain('nothing-found');
  await fixture.runPurge();
  expect((await fixture.entries()).map(({ state }) => state)).toContain('nothing-found');
});

test('a past-dated termination is due at once, and a future one counts from its date', async () => {
  const fixture = erasureInMemory();
  const index = await seeded(fixture);
  await fixture.tell('account-deleted', { uin: GONE }, NOW - 30 * DAY);
  await fixture.tell('account-deleted', { uin: STAYS }, NOW + 10 * DAY);
  await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['stays']);
  await fixture.runPurge({ clock: () => NOW + 13 * DAY - 1 });
  expect(await fixture.left(index)).toEqual(['stays']);
  await fixture.runPurge({ clock: () => NOW + 13 * DAY });
  expect(await fixture.left(index)).toEqual([]);
});

test('an immediate termination skips the cancel window', async () => {
  const fixture = erasureInMemory();
  const index = await seeded(fixture);
  await fixture.tell('account-deleted', { uin: GONE }, NOW, { immediate: true });
  await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['stays']);
});

test('the end of one application keeps the other applications of the account', async () => {
  const fixture = erasureInMemory();
  const index = await seeded(fixture);
  await fixture.tell('feature-terminated', { uin: GONE, sdkAppId: '1' });
  expect(await fixture.runPurge()).toMatchObject({ erasures: { due: 1, erased: 1 } });
  expect(await fixture.left(index)).toEqual(['gone-2', 'stays']);
  expect(await theEntry(fixture)).toMatchObject({ state: 'erased', scope: 'application' });
});

test('nothing is erased for a termination that is cancelled in time', async () => {
  const fixture = erasureInMemory();
  const index = await seeded(fixture);
  await fixture.tell('account-deleted', { uin: GONE });
  await fixture.tell('account-reinstated', { uin: GONE }, TERMINATED + DAY);
  expect(await fixture.runPurge()).toMatchObject({ documentsRemoved: 0, erasures: { due: 0 } });
  expect(await fixture.left(index)).toHaveLength(3);
  // What was never owed is in the ledger too, so that a termination overtaken on the way would be known.
  expect((await fixture.entries()).map(({ trigger, state }) => [trigger, state])).toEqual([
    ['account-deleted', 'cancelled'],
    ['feature-terminated', 'cancelled'],
  ]);
});

test('a reinstatement of one application does not cancel the deletion of the account', async () => {
  const fixture = erasureInMemory();
  const index = await seeded(fixture);
  await fixture.tell('account-deleted', { uin: GONE });
  await fixture.tell('account-reinstated', { uin: GONE, sdkAppId: '1' }, TERMINATED + DAY);
  await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['stays']);
});

test('late documents of a deleted account are erased by the next run, at any date', async () => {
  const fixture = erasureInMemory();
  const index = await seeded(fixture);
  await fixture.tell('account-deleted', { uin: GONE });
  await fixture.runPurge();
  await fixture.add(index, { late: configuration(GONE, '1', NOW) });
  expect(await runAfter(fixture, 1)).toMatchObject({ documentsRemoved: 1, erasures: { open: 1 } });
  expect(await runAfter(fixture, 2)).toMatchObject({ erasures: { erased: 1 } });
  expect(await theEntry(fixture)).toMatchObject({ state: 'erased', progress: { documentsErased: 3 } });
  expect(await fixture.left(index)).toEqual(['stays']);
});

test('the last run before a deadline closes the entry without a further count', async () => {
  const fixture = erasureInMemory();
  const index = await seeded(fixture);
  await fixture.tell('account-deleted', { uin: GONE }, NOW - 7 * DAY + HOUR);
  expect(await fixture.runPurge()).toMatchObject({ erasures: { erased: 1, open: 0 } });
  expect(await fixture.left(index)).toEqual(['stays']);
});

test('new use that is terminated later has its own window and deadline', async () => {
  const fixture = erasureInMemory();
  const index = await seeded(fixture);
  await fixture.add(index, { again: configuration(GONE, '1', TERMINATED + DAY) });
  await fixture.tell('feature-terminated', { uin: GONE });
  await fixture.tell('feature-terminated', { uin: GONE }, TERMINATED + 2 * DAY);
  await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['again', 'stays']);
  // Nobody tells it again: the ledger knows what the next one owes.
  await fixture.runPurge({ clock: () => TERMINATED + 5 * DAY });
  expect(await fixture.left(index)).toEqual(['stays']);
});

test('an erasure that finds nothing is closed as nothing-found, never as erased', async () => {
  const fixture = erasureInMemory();
  await seeded(fixture);
  await fixture.tell('account-deleted', { uin: '42' });
  expect(await fixture.runPurge()).toMatchObject({ erasures: { due: 1, erased: 0, nothingFound: 1 } });
  expect(await theEntry(fixture)).toMatchObject({ state: 'nothing-found', progress: { documentsErased: 0 } });
});

test('an index in which accounts cannot be found keeps the erasure open', async () => {
  const fixture = erasureInMemory();
  await seeded(fixture);
  await fixture.createIndex('text', { hidden: configuration(GONE, '1') }, 'text');
  await fixture.tell('account-deleted', { uin: GONE });
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'incomplete', erasures: { erased: 0, nothingFound: 0, open: 1 } });
  expect(report.findings).toMatchObject([{ code: 'account-mapping', severity: 'blocking' }]);
});

test('documents without an account are reported as a notice, and the run is complete', async () => {
  const fixture = erasureInMemory();
  const index = await seeded(fixture);
  await fixture.add(index, { nobodys: { sdkAppId: '1' }, 'nobodys-either': { uin: [] } });
  expect(await fixture.runPurge()).toMatchObject({
    outcome: 'complete',
    kept: true,
    findings: [{ code: 'no-account', severity: 'notice', index, found: '2 in which no search finds an account' }],
  });
});

test('a document of two accounts is not erased, and keeps the erasure open', async () => {
  const fixture = erasureInMemory();
  const index = await seeded(fixture);
  await fixture.add(index, { both: { ...configuration(GONE, '1'), uin: [GONE, STAYS] } });
  await fixture.tell('account-deleted', { uin: GONE });
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'incomplete', findings: [{ code: 'shared-documents' }] });
  expect(await fixture.left(index)).toEqual(['both', 'stays']);
});

test('a run drops an index of dated documents if all of them are to be erased', async () => {
  const fixture = erasureInMemory({ category: { records: 'dated' } });
  const own = await fixture.createIndex('own', { a: configuration(GONE, '1'), b: configuration(GONE, '2') });
  await fixture.createIndex('other', { stays: configuration(STAYS, '3') });
  await fixture.tell('feature-terminated', { uin: GONE });
  expect(await fixture.runPurge()).toMatchObject({ indicesDropped: 1, erasures: { erased: 1 } });
  expect(await fixture.left(own)).toBeUndefined();
});

test.each([
  ['a policy in observe mode', { mode: 'observe' }, {}],
  ['a dry run', {}, { dryRun: true }],
] as const)('%s counts what is to be erased, and changes neither documents nor ledger', async (_, changes, options) => {
  const fixture = erasureInMemory(changes);
  const index = await seeded(fixture);
  await fixture.tell('account-deleted', { uin: GONE });
  const before = await fixture.entries();
  expect(await fixture.runPurge(options)).toMatchObject({ outcome: 'observed', found: { due: 2 } });
  expect(await fixture.left(index)).toHaveLength(3);
  expect(await fixture.entries()).toEqual(before);
});

test('a refused plan erases nothing and leaves the ledger as it is', async () => {
  const fixture = erasureInMemory({ maxShare: 0.5 });
  const index = await seeded(fixture);
  await fixture.tell('account-deleted', { uin: GONE });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'refused', refusals: [{ code: 'share' }] });
  expect(await fixture.left(index)).toHaveLength(3);
  expect(await theEntry(fixture)).toMatchObject({ state: 'pending' });
});

test('a reinstatement between plan and deletion keeps the documents', async () => {
  const fixture = erasureInMemory();
  const index = await seeded(fixture);
  await fixture.tell('account-deleted', { uin: GONE });
  await fixture.runPurge({
    around: aroundRemover((real) => ({
      slices: async (...given) => {
        const slices = await real.slices(...given);
        await fixture.tell('account-reinstated', { uin: GONE }, NOW);
        return slices;
      },
    })),
  });
  expect(await fixture.left(index)).toEqual(['gone-1', 'gone-2', 'stays']);
  expect((await fixture.entries()).map(({ state }) => state)).toEqual(['cancelled', 'cancelled']);
});

test('a reinstatement during the erasure is reported with the documents erased so far', async () => {
  const fixture = erasureInMemory();
  await seeded(fixture);
  await fixture.tell('account-deleted', { uin: GONE });
  const report = await fixture.runPurge({
    around: aroundRemover((real) => ({
      deleteSlice: async (...given) => {
        const deleted = await real.deleteSlice(...given);
        await fixture.tell('account-reinstated', { uin: GONE }, NOW);
        return deleted;
      },
    })),
  });
  expect(report).toMatchObject({ documentsRemoved: 2, erasures: { due: 1, erased: 0, cancelled: 1, open: 0 } });
  const entry = (await fixture.entries()).find(({ trigger }) => trigger === 'account-deleted');
  expect(entry).toMatchObject({
    state: 'cancelled',
    reinstatedAt: NOW,
    progress: { documentsErased: 2 },
    closures: [],
  });
  expect(entry?.uin).toBeUndefined();
  expect((await fixture.runPurge()).outcome).toBe('complete');
});

test('a reinstatement before an index is dropped keeps the index', async () => {
  const fixture = erasureInMemory({ category: { records: 'dated' } });
  const own = await fixture.createIndex('own', { a: configuration(GONE, '1') });
  await fixture.createIndex('other', { stays: configuration(STAYS, '3') });
  await fixture.tell('account-deleted', { uin: GONE });
  await fixture.runPurge({
    around: aroundRemover((real) => ({
      countLive: async (...given) => {
        await fixture.tell('account-reinstated', { uin: GONE }, NOW);
        return real.countLive(...given);
      },
    })),
  });
  expect(await fixture.left(own)).toEqual(['a']);
  await fixture.add(own, { b: configuration(GONE, '1') });
});
