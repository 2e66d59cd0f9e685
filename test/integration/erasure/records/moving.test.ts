import { randomUUID } from 'node:crypto';
import type { estypes } from '@elastic/elasticsearch';
import { beforeEach, describe, expect, test } from 'vitest';
import { ownRecords } from '../../../../lib/adapters/elasticsearch/records/elasticsearch-records.ts';
import { setUpOwnIndices } from '../../../../lib/adapters/elasticsearch/setup/set-up-own-indices.ts';
import { openIn } from '../../../../lib/erasure/consistency/witnesses.ts';
import { recordAccountEvent } from '../../../../lib/erasure/recording/record-account-event.ts';
import type { SetUpChoice } from '../../../../lib/maintenance/set-up.ts';
import { type OwnIndices, ownIndices, sharedIndices } from '../../../../lib/policy/own-indices.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { type ErasureFixture, erasureFixture, TERMINATED } from '../../../support/erasure/erasure-fixture.ts';
import { NOW } from '../../../support/purge/purge-fixture.ts';
import { madeOnce, whenDone } from '../../../support/run/made-once.ts';
import { deleteIndices } from '../../../support/server/delete-indices.ts';
import { openWire } from '../../../support/server/faulty-connection.ts';
import { takeNothingOver } from '../../../support/server/reused-names.ts';

beforeEach(takeNothingOver);

const GONE = '9007199254740993';
const REQUESTS = { timeout: () => 30_000, firstWait: 20, retries: 0 };

const KINDS = ['leases', 'ledger', 'events', 'receipts', 'reports'] as const;

const fixtureWithReports = (): ErasureFixture => {
  const reportsIndex = `retention-runs-${randomUUID().slice(0, 8)}`;
  const fixture = erasureFixture({ reportsIndex });
  whenDone(async () => {
    const found = await fixture.client.indices.get({ index: `${reportsIndex}*`, expand_wildcards: 'all' });
    await deleteIndices(fixture.client, Object.keys(found));
    await fixture.client.indices.deleteIndexTemplate({ name: `es-retention-${reportsIndex}*` }, { ignore: [404] });
  });
  return fixture;
};

const setUp = ({ client, policy }: ErasureFixture, choice: SetUpChoice = {}, through = client) =>
  setUpOwnIndices(through, REQUESTS, policy, choice);

const didOf = async (done: ReturnType<typeof setUp>) =>
  new Map((await done).map(({ index, did }) => [index, did] as const));

/** Documents of an index of ours, by id. */
const documentsIn = async ({ client }: ErasureFixture, index: string) => {
  await client.indices.refresh({ index });
  const { hits } = await client.search<Readonly<Record<string, unknown>>>({ index, size: 1_000 });
  return new Map(hits.hits.map(({ _id = '', _source }) => [_id, _source]));
};

/** What stands in the category's indices stands where an earlier version kept it, and nowhere else. */
const toEarlierVersion = async (fixture: ErasureFixture): Promise<Omit<OwnIndices, 'controls'>> => {
  const { client, policy, category } = fixture;
  const [own, shared] = [ownIndices(policy, category.id), sharedIndices(policy)];
  const found = await client.indices.get({ index: KINDS.map((kind) => own[kind]), ignore_unavailable: true });
  const kinds = KINDS.filter((kind) => found[own[kind]] !== undefined);
  const names = kinds.map((kind) => own[kind]);
  const copies = await Promise.all(
    kinds.map(async (kind) => {
      const index = shared[kind];
      await client.indices.create({ index, mappings: found[own[kind]]?.mappings ?? {} });
      const documents = [...(await documentsIn(fixture, own[kind]))];
      // One report was one document then.
      return documents
        .filter(([id]) => !id.endsWith('.opened'))
        .flatMap(([id, document]) => [{ index: { _index: index, _id: id.replace(/\.closed$/, '') } }, document]);
    }),
  );
  const { errors, items } = await client.bulk({ operations: copies.flat(), refresh: true });
  if (errors) throw new Error(JSON.stringify(items.find((item) => item.index?.error)));
  await client.indices.delete({ index: names });
  await client.indices.deleteIndexTemplate({ name: names.map((name) => `es-retention-${name}`) });
  return shared;
};

/** One account whose erasure is due, another that stays, and a run that has looked. */
const owing = async () => {
  const fixture = fixtureWithReports();
  const index = await fixture.createIndex('1', { gone: { uin: GONE }, stays: { uin: '1' } });
  await fixture.tell('feature-terminated', { uin: GONE }, TERMINATED);
  await fixture.runPurge({ dryRun: true });
  const before = await fixture.entries();
  const shared = await toEarlierVersion(fixture);
  return { fixture, index, shared, before, own: ownIndices(fixture.policy, fixture.category.id) };
};

test('records of an earlier version are moved and compared, and their erasure is carried out once', async () => {
  const { fixture, index, shared, own, before } = await owing();
  const unmoved = await fixture.runPurge();
  expect(unmoved).toMatchObject({ outcome: 'incomplete', kept: false });
  expect(unmoved.findings).toMatchObject([
    { code: 'not-moved', subjects: 2, fix: expect.stringContaining('node bin/es-retention.mjs setup') },
  ]);
  expect(await fixture.left(index)).toEqual(['gone', 'stays']);

  const did = await didOf(setUp(fixture));
  for (const kind of ['leases', 'ledger', 'events', 'reports'] as const) expect(did.get(shared[kind])).toBe('moved');
  expect(await fixture.entries()).toEqual(before);
  expect([...(await documentsIn(fixture, own.reports)).keys()].filter((id) => id.endsWith('.closed'))).toHaveLength(2);
  // Nobody writes there any more, and nothing of it is gone.
  expect((await documentsIn(fixture, shared.ledger)).size).toBe(1);
  await expect(fixture.client.index({ index: shared.ledger, document: {} })).rejects.toThrow(/cluster_block/);

  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', findings: [], erasures: { erased: 1 } });
  expect(await fixture.left(index)).toEqual(['stays']);
  const after = await didOf(setUp(fixture));
  expect(Object.values(shared).flatMap((name) => after.get(name) ?? [])).toEqual([]);
  expect((await fixture.entries()).map(({ state }) => state)).toEqual(['erased']);
  const removed = await didOf(setUp(fixture, { removeMoved: true }));
  expect(removed.get(shared.ledger)).toBe('removed');
  expect(await fixture.client.indices.exists({ index: shared.ledger })).toBe(false);
});

test('a crash during a move, and then two moves at once, lose and duplicate no record', async () => {
  const { fixture, shared, own, before } = await owing();
  const wire = openWire();
  wire.on(/-events\.[^/]*\/_bulk/, () => Promise.reject(new Error('died')), { times: Number.POSITIVE_INFINITY });
  await expect(setUp(fixture, {}, fixture.newClient({ Connection: wire.Connection }))).rejects.toThrow();
  expect((await fixture.runPurge({ dryRun: true })).findings).toMatchObject([{ code: 'not-moved' }]);
  await Promise.all([setUp(fixture), setUp(fixture)]);
  expect(await fixture.entries()).toEqual(before);
  expect((await documentsIn(fixture, own.events)).size).toBe((await documentsIn(fixture, shared.events)).size);
  expect((await fixture.runPurge({ dryRun: true })).findings).toEqual([]);
});

/** As the new version's function records, which has not seen the indices before. */
const hear = (fixture: ErasureFixture, type: 'account-reinstated' | 'feature-terminated', at: number) => {
  const recording = { ...fixture.recordPorts, ...ownRecords(fixture.client, REQUESTS, fixture.policy) };
  const event = { type, subject: { uin: GONE }, at, immediate: false, requestId: `msg_${at}` };
  return recordAccountEvent(event, [fixture.category], recording);
};

test('a cancelled termination that is repeated before the move erases nothing', async () => {
  const fixture = fixtureWithReports();
  const index = await fixture.createIndex('1', { back: { uin: GONE } });
  await fixture.tell('feature-terminated', { uin: GONE }, TERMINATED);
  await fixture.tell('account-reinstated', { uin: GONE }, TERMINATED + DAY);
  await toEarlierVersion(fixture);
  await hear(fixture, 'feature-terminated', TERMINATED);
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'incomplete', documentsRemoved: 0 });
  await setUp(fixture);
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', findings: [] });
  expect(await fixture.left(index)).toEqual(['back']);
});

test('records of both versions are joined: a reinstated account is not erased', async () => {
  const { fixture, index } = await owing();
  await hear(fixture, 'account-reinstated', TERMINATED + DAY);
  expect((await fixture.runPurge()).findings.map(({ code }) => code)).toContain('not-moved');
  await setUp(fixture);
  expect((await fixture.entries()).filter(({ trigger }) => trigger === 'feature-terminated')).toMatchObject([
    { state: 'cancelled' },
  ]);
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', findings: [] });
  expect(await fixture.left(index)).toEqual(['gone', 'stays']);
});

test('the next run lifts a block left by a crashed run of the earlier version', async () => {
  const { fixture, shared, index } = await owing();
  const { client, category } = fixture;
  const uuid = (await client.indices.get({ index }))[index]?.settings?.index?.uuid;
  await client.indices.addBlock({ index, block: 'write' });
  const blocks = [{ index, uuid }];
  const lease = { runId: 'dead', fence: 3, released: false, expiresAt: isoInstant(NOW - DAY), blocks };
  await client.index({ index: shared.leases, id: category.id, document: lease, refresh: true });
  await setUp(fixture);
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', erasures: { erased: 1 } });
  expect(await fixture.left(index)).toEqual(['stays']);
});

const receiptAbout = (categories: readonly string[]) => {
  const payload = { categories: categories.map((category) => ({ category })) };
  const jws = `h.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.s`;
  return { requestId: 'msg', issuedAt: isoInstant(NOW), jws, hash: 'h' };
};

/**
 * As an earlier version leaves it whose rebuild of an index was broken off: documents in a copy, and perhaps not all in
 * the index.
 */
const breakOffRebuild = async ({ client }: ErasureFixture, index: string, keepsIndex: boolean) => {
  const found = await client.indices.get({ index });
  const mappings = { ...found[index]?.mappings, _meta: { managedBy: 'es-retention' } };
  await client.indices.create({ index: `${index}-copy`, mappings });
  await client.reindex({ source: { index }, dest: { index: `${index}-copy` }, refresh: true });
  await client.indices.delete({ index });
  if (!keepsIndex) return;
  await client.indices.create({
    index,
    mappings: { ...mappings, _meta: { managedBy: 'es-retention', rebuilding: true } },
  });
};

test.each([
  ['without the index', false],
  ['beside a partial index', true],
])('a copy left %s by an interrupted rebuild is moved too', async (_, keepsIndex) => {
  const { fixture, index, shared, before } = await owing();
  for (const name of [shared.ledger, shared.events]) await breakOffRebuild(fixture, name, keepsIndex);
  const run = fixture.runPurge();
  if (keepsIndex)
    await expect(run).rejects.toMatchObject({
      code: 'not-moved',
      explanation: { fix: expect.stringContaining('node bin/es-retention.mjs setup moves') },
    });
  else expect((await run).findings).toMatchObject([{ code: 'not-moved', subjects: 2 }]);
  expect(await fixture.left(index)).toEqual(['gone', 'stays']);

  const did = await didOf(setUp(fixture));
  expect([did.get(`${shared.ledger}-copy`), did.get(`${shared.events}-copy`)]).toEqual(['moved', 'moved']);
  expect(await fixture.entries()).toEqual(before);
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', findings: [], erasures: { erased: 1 } });
  expect(await fixture.left(index)).toEqual(['stays']);
  const removed = await didOf(setUp(fixture, { removeMoved: true }));
  expect(removed.get(`${shared.ledger}-copy`)).toBe('removed');
  expect(await fixture.client.indices.exists({ index: `${shared.ledger}-copy` })).toBe(false);
});

/** One move of all that stays, is shared, or belongs to nobody. Each test looks at its part. */
describe('a move', () => {
  const once = madeOnce(async () => {
    takeNothingOver();
    const owed = await owing();
    const { fixture, shared, own } = owed;
    const { client, category } = fixture;
    const lease = { runId: 'old', fence: 3, released: false, expiresAt: isoInstant(Date.now() + 60_000), blocks: [] };
    const put = (index: string, id: string, document: object) => client.index({ index, id, document, refresh: true });
    await put(shared.leases, category.id, lease);
    const theirs = `${shared.ledger}-copy`;
    await put(theirs, '1', { note: 'theirs' });
    const [[, entry] = []] = await documentsIn(fixture, shared.ledger);
    const removed = `removed-${fixture.id}`;
    const id = `${removed}/feature-terminated/k/h`;
    await put(shared.ledger, id, { ...entry, id, category: removed });
    const other = `other-${fixture.id}`;
    const properties: estypes.MappingTypeMapping = { properties: { id: { type: 'keyword' } } };
    await client.indices.create({ index: shared.receipts, mappings: properties }, { ignore: [400] });
    const both = { id: 'both', ...receiptAbout([category.id, other]) };
    await put(shared.receipts, 'both', both);
    await put(shared.receipts, 'nobody', { id: 'nobody', jws: 'x' });

    const refusal = await setUp(fixture).catch((error: unknown) => error);
    const movedEarly = (await documentsIn(fixture, own.ledger)).size;
    await put(shared.leases, category.id, { ...lease, released: true });
    const did = await didOf(setUp(fixture));
    const removal = await didOf(setUp(fixture, { removeMoved: true }));
    return { ...owed, theirs, removed, id, other, both, refusal, movedEarly, did, removal };
  });

  test('moves nothing while a run of the earlier version is active', () => {
    const { refusal, movedEarly, did, shared } = once();
    expect(refusal).toMatchObject({ code: 'lease-held' });
    expect(movedEarly).toBe(0);
    expect(did.get(shared.leases)).toBe('moved');
  });

  test('never touches a foreign index with the name of a copy', async () => {
    const { fixture, theirs, did, removal, shared } = once();
    expect([did.get(shared.ledger), removal.get(shared.ledger)]).toEqual(['moved', 'removed']);
    expect([did.has(theirs), removal.has(theirs)]).toEqual([false, false]);
    await fixture.client.index({ index: theirs, id: '2', document: { note: 'theirs' }, refresh: true });
    expect((await documentsIn(fixture, theirs)).size).toBe(2);
  });

  test('moves entries of an unknown category under its name, and finds them', async () => {
    const { fixture, removed, id } = once();
    const { policy, ledger } = fixture;
    expect([...(await documentsIn(fixture, ownIndices(policy, removed).ledger)).keys()]).toEqual([id]);
    expect(await ledger.categories()).toContain(removed);
    expect(await openIn(removed, ledger)).toBe(1);
  });

  test('moves a receipt of several categories to each of them, and keeps one without a category', async () => {
    const { fixture, shared, other, both, did } = once();
    const { client, policy, category } = fixture;
    expect(did.get(shared.receipts)).toBe('not-moved');
    for (const each of [category.id, other]) {
      const kept = await documentsIn(fixture, ownIndices(policy, each).receipts);
      expect([...kept]).toEqual([['both', both]]);
    }
    await client.indices.putSettings({ index: shared.receipts, settings: { 'index.blocks.write': null } });
    await client.delete({ index: shared.receipts, id: 'nobody', refresh: true });
    expect((await didOf(setUp(fixture))).get(shared.receipts)).toBe('moved');
  });
});
