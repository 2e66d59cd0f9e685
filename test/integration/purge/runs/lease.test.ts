import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { elasticsearchLeases } from '../../../../lib/adapters/elasticsearch/records/elasticsearch-leases.ts';
import { ownIndices } from '../../../../lib/policy/own-indices.ts';
import { MINUTE } from '../../../../lib/policy/time/duration.ts';
import type { Instant } from '../../../../lib/policy/time/instant.ts';
import type { Ports } from '../../../../lib/purge/purge.ts';
import { aroundRemover, daysAgo, NOW, type PurgeFixture, purgeFixture } from '../../../support/purge/purge-fixture.ts';

const old = { '@timestamp': daysAgo(20) };
const live = { '@timestamp': daysAgo(1) };
const LATER = NOW + 120_000;

const acquire = ({ client, category, policy }: PurgeFixture, at: Instant = NOW) =>
  elasticsearchLeases(client, { timeout: () => 30_000 }, () => at, ownIndices(policy, category.id).leases).acquire(
    category.id,
    randomUUID(),
  );

const blocksOf = async ({ client }: PurgeFixture, index: string) =>
  (await client.indices.getSettings({ index }))[index]?.settings?.index?.blocks ?? {};

/** What a run leaves behind that died between block and drop. */
const diedBlocking = async (fixture: PurgeFixture, index: string): Promise<void> => {
  const lease = await acquire(fixture);
  const settings = (await fixture.client.indices.getSettings({ index }))[index]?.settings;
  await lease.declareBlocks([{ index, uuid: settings?.index?.uuid ?? '' }]);
  await fixture.client.indices.addBlock({ index, block: 'write' });
};

test('only one of many simultaneous runs gets the lease', async () => {
  const fixture = purgeFixture();
  const asked = await Promise.allSettled(Array.from({ length: 8 }, () => acquire(fixture)));
  const refused = asked.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(7);
  for (const each of refused) expect(each).toMatchObject({ reason: { code: 'lease-held' } });
});

test('a run that starts during another one fails, and names that run', async () => {
  const fixture = purgeFixture();
  await fixture.createIndex('a', { old });
  const second: unknown[] = [];
  const around = aroundRemover((real) => ({
    drop: async (index) => {
      second.push(await fixture.runPurge().catch((error: unknown) => error));
      await real.drop(index);
    },
  }));
  const report = await fixture.runPurge({ around });
  expect(second).toMatchObject([
    { name: 'TransientError', code: 'lease-held', message: expect.stringContaining(report.runId) },
  ]);
  expect(report.outcome).toBe('complete');
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', fence: report.fence + 1 });
});

test('the lease of a crashed run keeps other runs out only until it expires', async () => {
  const fixture = purgeFixture();
  await acquire(fixture);
  await expect(fixture.runPurge({ clock: () => LATER - 1 })).rejects.toMatchObject({ code: 'lease-held' });
  expect(await fixture.runPurge({ clock: () => LATER })).toMatchObject({ outcome: 'complete', fence: 2 });
});

test.each<readonly [string, (ports: Ports, work: () => Promise<void>) => Ports]>([
  [
    'look',
    (ports, work) => ({
      ...ports,
      erasureSource: {
        ...ports.erasureSource,
        dueOf: async (...given) => work().then(() => ports.erasureSource.dueOf(...given)),
      },
    }),
  ],
  [
    'report',
    (ports, work) => ({
      ...ports,
      reportStore: {
        ...ports.reportStore,
        open: async (...given) => work().then(() => ports.reportStore.open(...given)),
      },
    }),
  ],
])('a run continues after a slow %s outlasts its lease, unless another run has begun', async (_, slowly) => {
  let now = NOW;
  const slow = (meanwhile: () => Promise<unknown>) => (ports: Ports) =>
    slowly(ports, async () => {
      now = LATER + 60_000;
      await meanwhile();
    });
  const fixture = purgeFixture();
  await fixture.createIndex('a', { old, live });
  const around = slow(async () => undefined);
  expect(await fixture.runPurge({ around, clock: () => now })).toMatchObject({
    outcome: 'complete',
    documentsRemoved: 1,
  });

  now = NOW;
  const other = purgeFixture();
  const index = await other.createIndex('a', { old, live });
  const report = await other.runPurge({ around: slow(() => acquire(other, now)), clock: () => now });
  expect(report.findings).toMatchObject([{ code: 'not-purged', found: expect.stringContaining('lease-lost') }]);
  expect(await other.left(index)).toEqual(['live', 'old']);
});

test('a run whose lease was taken over destroys nothing more, and closes its report', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('a', { old });
  let now = NOW;
  const around = aroundRemover((real) => ({
    countLive: async (target, criteria) => {
      now = LATER;
      await acquire(fixture, now);
      return real.countLive(target, criteria);
    },
  }));
  const report = await fixture.runPurge({ around, clock: () => now });
  expect(report).toMatchObject({ state: 'closed', outcome: 'incomplete', indices: [{ did: 'left', dueAfter: 1 }] });
  expect(report.findings).toMatchObject([
    { code: 'write-block-left', index },
    { code: 'not-purged', found: expect.stringContaining('lease-lost') },
  ]);
  expect(await fixture.left(index)).toEqual(['old']);
  // The run that took over declares the block as well, and may be about to drop the index.
  expect(await blocksOf(fixture, index)).toEqual({ write: 'true' });
  now = LATER + 15 * MINUTE;
  expect(await fixture.runPurge({ clock: () => now })).toMatchObject({ outcome: 'complete' });
});

test('if blocks cannot be declared, nothing is blocked or dropped', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('a', { old });
  const mixed = await fixture.createIndex('b', { old, live });
  const around = (ports: Ports): Ports => ({
    ...ports,
    leases: {
      ...ports.leases,
      acquire: async (...given) => ({
        ...(await ports.leases.acquire(...given)),
        declareBlocks: () => Promise.reject(new Error('no answer')),
      }),
    },
  });
  expect(await fixture.runPurge({ around })).toMatchObject({
    state: 'closed',
    outcome: 'incomplete',
    indices: [
      { index, did: 'left', note: 'no answer', dueAfter: 1 },
      { index: mixed, did: 'deleted', dueAfter: 0 },
    ],
  });
  expect(await fixture.left(index)).toEqual(['old']);
  expect(await blocksOf(fixture, index)).toEqual({});
});

test('the next run lifts a block that a crashed run declared', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('a', { old });
  await diedBlocking(fixture, index);
  await fixture.client.indices.putAlias({ index, name: `only-${fixture.id}` });
  const report = await fixture.runPurge({ clock: () => LATER });
  expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 1, indicesDropped: 0 });
  expect(await blocksOf(fixture, index)).toEqual({});
  await fixture.add(index, { live });
});

test('a declared block is lifted even by a refused or observing run', async () => {
  const fixture = purgeFixture({ maxShare: 0.5 });
  const index = await fixture.createIndex('a', { old });
  await diedBlocking(fixture, index);
  expect(await fixture.runPurge({ clock: () => LATER })).toMatchObject({ outcome: 'refused' });
  expect(await blocksOf(fixture, index)).toEqual({});

  const observing = purgeFixture({ mode: 'observe' });
  const other = await observing.createIndex('a', { old });
  await diedBlocking(observing, other);
  expect(await observing.runPurge({ clock: () => LATER })).toMatchObject({ outcome: 'observed' });
  expect(await blocksOf(observing, other)).toEqual({});
});

test('a block that is not ours stays, even on an index with a declared name', async () => {
  const fixture = purgeFixture();
  const foreign = await fixture.createIndex('foreign', { live });
  await fixture.client.indices.addBlock({ index: foreign, block: 'write' });
  const index = await fixture.createIndex('a', { live });
  const lease = await acquire(fixture);
  await lease.declareBlocks([{ index, uuid: 'the-uuid-of-an-index-before-it' }]);
  await fixture.client.indices.addBlock({ index, block: 'write' });
  await fixture.runPurge({ clock: () => LATER });
  expect(await blocksOf(fixture, foreign)).toEqual({ write: 'true' });
  expect(await blocksOf(fixture, index)).toEqual({ write: 'true' });
});
