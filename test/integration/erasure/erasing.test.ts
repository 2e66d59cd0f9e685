import { randomUUID } from 'node:crypto';
import type { estypes } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import type { LedgerEntry } from '../../../lib/erasure/ledger/ledger-entry.ts';
import { ownIndices } from '../../../lib/policy/own-indices.ts';
import { DAY } from '../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../lib/policy/time/instant.ts';
import { type ErasureFixture, erasureFixture, TERMINATED } from '../../support/erasure-fixture.ts';
import { busy, openWire } from '../../support/faulty-connection.ts';
import { aroundRemover, NOW } from '../../support/purge-fixture.ts';

const HOUR = DAY / 24;
const GONE = '9007199254740993';
const STAYS = '9007199254740992';

const configuration = (uin: string, sdkAppId: string, at = TERMINATED - DAY) => ({
  uin,
  sdkAppId,
  '@timestamp': isoInstant(at),
});

/** Two accounts, the one that goes with two applications. */
const seeded = async (fixture: ErasureFixture): Promise<string> =>
  fixture.createIndex('current', {
    'gone-1': configuration(GONE, '1'),
    'gone-2': configuration(GONE, '2'),
    stays: configuration(STAYS, '3'),
  });

const theEntry = async (fixture: ErasureFixture): Promise<LedgerEntry> => {
  const [entry, ...more] = await fixture.entries();
  expect(more).toEqual([]);
  return entry as LedgerEntry;
};

/** A run so many hours after {@link NOW}. */
const runAfter = (fixture: ErasureFixture, hours: number) => fixture.runPurge({ clock: () => NOW + hours * HOUR });

test('a deleted account is erased out of a shared index, with all its applications, and nobody else is', async () => {
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

test('nothing is erased before the end of the window, and everything in the run after it', async () => {
  const fixture = erasureFixture();
  const index = await seeded(fixture);
  await fixture.tell('account-deleted', { uin: GONE }, NOW - 3 * DAY);
  expect(await fixture.runPurge({ clock: () => NOW - 1 })).toMatchObject({ documentsRemoved: 0, erasures: { due: 0 } });
  expect(await fixture.left(index)).toHaveLength(3);
  expect(await fixture.runPurge()).toMatchObject({ documentsRemoved: 2, erasures: { due: 1 } });
});

test('a termination dated in the past is due at once, and one dated ahead counts from then', async () => {
  const fixture = erasureFixture();
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

test('an immediate one skips the window', async () => {
  const fixture = erasureFixture();
  const index = await seeded(fixture);
  await fixture.tell('account-deleted', { uin: GONE }, NOW, { immediate: true });
  await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['stays']);
});

test('one application is terminated, and the account’s others stay', async () => {
  const fixture = erasureFixture();
  const index = await seeded(fixture);
  await fixture.tell('feature-terminated', { uin: GONE, sdkAppId: '1' });
  expect(await fixture.runPurge()).toMatchObject({ erasures: { due: 1, erased: 1 } });
  expect(await fixture.left(index)).toEqual(['gone-2', 'stays']);
  expect(await theEntry(fixture)).toMatchObject({ state: 'erased', scope: 'application' });
});

test('a termination taken back in time keeps everything', async () => {
  const fixture = erasureFixture();
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

test('an event answers its own scope only', async () => {
  const fixture = erasureFixture();
  const index = await seeded(fixture);
  await fixture.tell('account-deleted', { uin: GONE });
  await fixture.tell('account-reinstated', { uin: GONE, sdkAppId: '1' }, TERMINATED + DAY);
  await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['stays']);
});

test('what is written late for a deleted account is residue, whatever its date, and is erased by the next run', async () => {
  const fixture = erasureFixture();
  const index = await seeded(fixture);
  await fixture.tell('account-deleted', { uin: GONE });
  await fixture.runPurge();
  await fixture.add(index, { late: configuration(GONE, '1', NOW) });
  expect(await runAfter(fixture, 1)).toMatchObject({ documentsRemoved: 1, erasures: { open: 1 } });
  expect(await runAfter(fixture, 2)).toMatchObject({ erasures: { erased: 1 } });
  expect(await theEntry(fixture)).toMatchObject({ state: 'erased', progress: { documentsErased: 3 } });
  expect(await fixture.left(index)).toEqual(['stays']);
});

test('late ones or not, an entry is closed by its last run before the deadline', async () => {
  const fixture = erasureFixture();
  const index = await seeded(fixture);
  await fixture.tell('account-deleted', { uin: GONE }, NOW - 7 * DAY + HOUR);
  expect(await fixture.runPurge()).toMatchObject({ erasures: { erased: 1, open: 0 } });
  expect(await fixture.left(index)).toEqual(['stays']);
});

test('what is dated after the termination of the feature is a new use: kept, counted, and said', async () => {
  const fixture = erasureFixture();
  const index = await seeded(fixture);
  await fixture.add(index, { again: configuration(GONE, '1', TERMINATED + 1), undated: { uin: GONE, sdkAppId: '1' } });
  await fixture.tell('feature-terminated', { uin: GONE });
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'complete', findings: [{ code: 'new-use', severity: 'notice' }] });
  expect(await fixture.left(index)).toEqual(['again', 'stays']);
  expect(await theEntry(fixture)).toMatchObject({ state: 'erased', progress: { documentsErased: 3, newUse: 1 } });
});

test('new use that is terminated in its turn has a window and a deadline of its own', async () => {
  const fixture = erasureFixture();
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

test('a subject of whom nothing is found ends as such, never as erased', async () => {
  const fixture = erasureFixture();
  await seeded(fixture);
  await fixture.tell('account-deleted', { uin: '42' });
  expect(await fixture.runPurge()).toMatchObject({ erasures: { due: 1, erased: 0, nothingFound: 1 } });
  expect(await theEntry(fixture)).toMatchObject({ state: 'nothing-found', progress: { documentsErased: 0 } });
});

test('nothing is called erased while an index does not answer, and past the deadline that is said', async () => {
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

test('an index in which accounts cannot be found keeps the erasure open', async () => {
  const fixture = erasureFixture();
  await seeded(fixture);
  await fixture.createIndex('text', { hidden: configuration(GONE, '1') }, { properties: { uin: { type: 'text' } } });
  await fixture.tell('account-deleted', { uin: GONE });
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'incomplete', erasures: { erased: 0, nothingFound: 0, open: 1 } });
  expect(report.findings).toMatchObject([{ code: 'account-mapping', severity: 'blocking' }]);
});

test('documents without an account, which no termination reaches, are counted and said, and hinder nothing', async () => {
  const fixture = erasureFixture();
  const index = await seeded(fixture);
  await fixture.add(index, { nobodys: { sdkAppId: '1' }, 'nobodys-either': { uin: [] } });
  expect(await fixture.runPurge()).toMatchObject({
    outcome: 'complete',
    kept: true,
    findings: [{ code: 'no-account', severity: 'notice', index, found: '2 in which no search finds one' }],
  });
});

test.each<[string, estypes.MappingProperty | undefined]>([
  ['is text', { type: 'text' }],
  ['is not mapped', undefined],
])(
  'where the timestamp %s, new use cannot be told from old: what ended with the feature stays, and is not called erased',
  async (_, property) => {
    const fixture = erasureFixture();
    const index = `${fixture.id}-undated`;
    const keyword = { type: 'keyword' } as const;
    const properties = { uin: keyword, sdkAppId: keyword, ...(property && { '@timestamp': property }) };
    await fixture.client.indices.create({ index, mappings: { dynamic: false, properties } });
    await fixture.add(index, { again: configuration(GONE, '1', TERMINATED + 1), deleted: configuration('42', '1') });
    await fixture.add(index, { stays: configuration(STAYS, '3') });
    await fixture.tell('feature-terminated', { uin: GONE });
    await fixture.tell('account-deleted', { uin: '42' });
    const report = await fixture.runPurge();
    expect(report).toMatchObject({ outcome: 'incomplete', kept: false, erasures: { due: 2, open: 2 } });
    expect(report.findings).toMatchObject([{ code: 'timestamp-mapping', severity: 'blocking', index }]);
    expect(await fixture.left(index)).toEqual(['again', 'stays']);
    // The account that was deleted leaves nothing, whatever its date, and is closed.
    expect(await runAfter(fixture, 1)).toMatchObject({ erasures: { due: 2, erased: 1, open: 1 } });
    const late = await fixture.runPurge({ clock: () => TERMINATED + 8 * DAY });
    expect(late.findings).toContainEqual(expect.objectContaining({ code: 'erasure-overdue', subjects: 1 }));
  },
);

test('a document of two accounts is not erased for one of them, and keeps the erasure open', async () => {
  const fixture = erasureFixture();
  const index = await seeded(fixture);
  await fixture.add(index, { both: { ...configuration(GONE, '1'), uin: [GONE, STAYS] } });
  await fixture.tell('account-deleted', { uin: GONE });
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'incomplete', findings: [{ code: 'shared-documents' }] });
  expect(await fixture.left(index)).toEqual(['both', 'stays']);
});

test('an index of which every document is owed is dropped, unless it is of a register', async () => {
  const fixture = erasureFixture({ category: { records: 'dated' } });
  const own = await fixture.createIndex('own', { a: configuration(GONE, '1'), b: configuration(GONE, '2') });
  await fixture.createIndex('other', { stays: configuration(STAYS, '3') });
  await fixture.tell('feature-terminated', { uin: GONE });
  expect(await fixture.runPurge()).toMatchObject({ indicesDropped: 1, erasures: { erased: 1 } });
  expect(await fixture.left(own)).toBeUndefined();
});

test.each([
  ['a policy in observe mode', { mode: 'observe' }, {}],
  ['a dry run', {}, { dryRun: true }],
] as const)('%s counts what is owed and changes neither documents nor ledger', async (_, changes, options) => {
  const fixture = erasureFixture(changes);
  const index = await seeded(fixture);
  await fixture.tell('account-deleted', { uin: GONE });
  const before = await fixture.entries();
  expect(await fixture.runPurge(options)).toMatchObject({ outcome: 'observed', found: { due: 2 } });
  expect(await fixture.left(index)).toHaveLength(3);
  expect(await fixture.entries()).toEqual(before);
});

test('a refused plan erases nothing and leaves the ledger as it is', async () => {
  const fixture = erasureFixture({ maxShare: 0.5 });
  const index = await seeded(fixture);
  await fixture.tell('account-deleted', { uin: GONE });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'refused', refusals: [{ code: 'share' }] });
  expect(await fixture.left(index)).toHaveLength(3);
  expect(await theEntry(fixture)).toMatchObject({ state: 'pending' });
});

test('a reinstatement that comes between plan and deletion spares the account', async () => {
  const fixture = erasureFixture();
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

test('an account that is taken back while it is erased is said to be, with what was erased by then', async () => {
  const fixture = erasureFixture();
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

test('and so it does when the whole index was about to be dropped', async () => {
  const fixture = erasureFixture({ category: { records: 'dated' } });
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

test('a reinstatement that comes before a deletion is tried again spares the account, and the others go', async () => {
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

test('where the ledger does not take how it ended, the run fails, and its report is closed with what was found', async () => {
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

test('three thousand accounts are erased in a handful of requests', async () => {
  const fixture = erasureFixture({ category: { guard: { maxShare: 1, maxAccountShare: 1 } } });
  const uins = Array.from({ length: 3_000 }, (_, at) => `${9_007_199_254_740_992n + BigInt(at)}`);
  const index = await fixture.createIndex(
    'many',
    Object.fromEntries(uins.flatMap((uin) => [1, 2].map((app) => [`${uin}-${app}`, configuration(uin, `${app}`)]))),
  );
  await fixture.add(index, { stays: configuration('1', '1') });
  for (let at = 0; at < uins.length; at += 100)
    await Promise.all(uins.slice(at, at + 100).map((uin) => fixture.tell('feature-terminated', { uin })));
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
