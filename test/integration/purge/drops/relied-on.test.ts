import { expect, test } from 'vitest';
import { ownIndices } from '../../../../lib/policy/own-indices.ts';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import {
  aroundRemover,
  daysAgo,
  NOW,
  PROPERTIES,
  type PurgeFixture,
  purgeFixture,
} from '../../../support/purge/purge-fixture.ts';

const older = { '@timestamp': daysAgo(30) };
const old = { '@timestamp': daysAgo(20) };
const live = { '@timestamp': daysAgo(1) };

/** Somebody's work after the plan, once: before the first index is blocked, or once one was blocked and counted. */
const AFTER_THE_PLAN = {
  'before the block': (work: () => Promise<unknown>) => {
    let done: Promise<unknown> | undefined;
    return aroundRemover((real) => ({
      blockWrites: async (index) => {
        done ??= work();
        await done;
        await real.blockWrites(index);
      },
    }));
  },
  'under the block': (work: () => Promise<unknown>) => {
    let done: Promise<unknown> | undefined;
    return aroundRemover((real) => ({
      countLive: async (target, criteria) => {
        const count = await real.countLive(target, criteria);
        done ??= work();
        await done;
        return count;
      },
    }));
  },
};

const remove = ({ client }: PurgeFixture, index: string) => client.indices.delete({ index });

const replace = async (fixture: PurgeFixture, index: string) => {
  await remove(fixture, index);
  await fixture.client.indices.create({ index, mappings: { properties: PROPERTIES } });
  await fixture.add(index, { live });
};

const isBlocked = async ({ client }: PurgeFixture, index: string): Promise<boolean> =>
  (await client.indices.getSettings({ index }))[index]?.settings?.index?.blocks?.write !== undefined;

const LAST = expect.stringContaining('after the plan it became the last index of');

test.each(
  (['before the block', 'under the block'] as const).flatMap((when) => [
    [when, 'deletes', remove] as const,
    [when, 'replaces', replace] as const,
  ]),
)('the older index is emptied, not dropped, if %s somebody %s the younger one', async (when, _, change) => {
  const fixture = purgeFixture({ template: false });
  const index = await fixture.createIndex('a', { old, older }, { properties: { room: { type: 'keyword' } } });
  const younger = await fixture.createIndex('b', { live });
  const before = await fixture.client.indices.getMapping({ index });
  const report = await fixture.runPurge({ around: AFTER_THE_PLAN[when](() => change(fixture, younger)) });
  expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 2, indicesDropped: 0 });
  expect(report.indices[0]).toMatchObject({ index, planned: 'drop', did: 'deleted', note: LAST, documentsAfter: 0 });
  expect(await fixture.left(index)).toEqual([]);
  expect(await isBlocked(fixture, index)).toBe(false);
  await fixture.add(index, { live });
  expect(await fixture.client.indices.getMapping({ index })).toEqual(before);
});

test('an index is dropped if only one of its two younger indices is deleted', async () => {
  const fixture = purgeFixture({ template: false });
  const index = await fixture.createIndex('a', { old });
  const younger = [await fixture.createIndex('b', { live }), await fixture.createIndex('c', { live })];
  const around = AFTER_THE_PLAN['under the block'](() => remove(fixture, `${younger[0]}`));
  expect(await fixture.runPurge({ around })).toMatchObject({ outcome: 'complete', indicesDropped: 1 });
  expect(await fixture.left(index)).toBeUndefined();
});

test('all expired indices are emptied, not dropped, if the only live one is deleted after the plan', async () => {
  const fixture = purgeFixture({ template: false });
  const going = [
    await fixture.createIndex('a', { older }),
    await fixture.createIndex('b', { old }),
    await fixture.createIndex('c', { old: { '@timestamp': daysAgo(18) } }),
  ];
  const younger = await fixture.createIndex('d', { live });
  const around = AFTER_THE_PLAN['before the block'](() => remove(fixture, younger));
  const report = await fixture.runPurge({ around });
  expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 3, indicesDropped: 0 });
  expect(await Promise.all(going.map(fixture.left))).toEqual([[], [], []]);
});

test('an index is emptied, not dropped, if the same run drops the younger one', async () => {
  const fixture = purgeFixture({ template: false });
  const { client, id } = fixture;
  const index = await fixture.createIndex('a', { older });
  const templated = await fixture.createIndex('b', { old });
  const template = { mappings: { properties: PROPERTIES } };
  await client.indices.putIndexTemplate({ name: id, index_patterns: [`${id}-b*`], template });
  try {
    expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 2, indicesDropped: 1 });
    expect(await Promise.all([index, templated].map(fixture.left))).toEqual([[], undefined]);
  } finally {
    await client.indices.deleteIndexTemplate({ name: id });
  }
});

const dropTemplate = ({ client, id }: PurgeFixture) => client.indices.deleteIndexTemplate({ name: id });

test.each([
  ['the only index of its pattern is emptied', {}, 0],
  ['an index beside a younger one is dropped', { live }, 1],
])('if somebody deletes the index template after the plan, %s', async (_, beside, dropped) => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('a', { old });
  await fixture.createIndex('b', beside);
  const report = await fixture.runPurge({ around: AFTER_THE_PLAN['under the block'](() => dropTemplate(fixture)) });
  expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 1, indicesDropped: dropped });
  expect(await fixture.left(index)).toEqual(dropped === 1 ? undefined : []);
});

test.each<[string, (fixture: PurgeFixture, written: string, alias: string) => Promise<unknown>]>([
  ['is deleted', remove],
  ['is replaced', replace],
  ['leaves the alias', ({ client }, index, name) => client.indices.deleteAlias({ index, name })],
])("if an alias's write index %s after the plan, the other index stays", async (_, change) => {
  const fixture = purgeFixture({ template: false });
  const alias = `writes-${fixture.id}`;
  const rolled = await fixture.createIndex('1', { old }, { aliases: { [alias]: { is_write_index: false } } });
  const written = await fixture.createIndex('2', { live }, { aliases: { [alias]: { is_write_index: true } } });
  const around = AFTER_THE_PLAN['under the block'](() => change(fixture, written, alias));
  expect(await fixture.runPurge({ around })).toMatchObject({ documentsRemoved: 1, indicesDropped: 0 });
  expect(await fixture.left(rolled)).toEqual([]);
  expect(await fixture.client.indices.existsAlias({ name: alias })).toBe(true);
});

test('an alias keeps its last index even with an index template', async () => {
  const fixture = purgeFixture();
  const aliases = { [`reads-${fixture.id}`]: {} };
  const index = await fixture.createIndex('a', { old }, { aliases });
  const younger = await fixture.createIndex('b', { live }, { aliases });
  const around = AFTER_THE_PLAN['under the block'](() => remove(fixture, younger));
  const report = await fixture.runPurge({ around });
  expect(report.indices[0]).toMatchObject({ index, did: 'deleted', note: expect.stringContaining('index of alias') });
  expect(await fixture.left(index)).toEqual([]);
});

test('an emptied index is not dropped until a younger index exists again', async () => {
  const fixture = purgeFixture({ template: false });
  const index = await fixture.createIndex('a', { old });
  await fixture.runPurge({ clock: () => NOW - 2 * DAY });
  expect(await fixture.left(index)).toEqual([]);
  await fixture.client.indices.refresh({ index: ownIndices(fixture.policy, fixture.category.id).reports });
  const younger = await fixture.createIndex('b', { live });
  const around = AFTER_THE_PLAN['under the block'](() => remove(fixture, younger));
  const report = await fixture.runPurge({ around });
  expect(report.indices[0]).toMatchObject({ index, planned: 'drop', did: 'left', note: LAST, found: 'there' });
  expect(report.outcome).toBe('complete');
  expect(await isBlocked(fixture, index)).toBe(false);
  await fixture.createIndex('c', { live });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', indicesDropped: 1 });
});

test('a last index that a person blocked keeps its documents and block, and is reported', async () => {
  const fixture = purgeFixture({ template: false });
  const index = await fixture.createIndex('a', { old });
  const younger = await fixture.createIndex('b', { live });
  await fixture.client.indices.addBlock({ index, block: 'write' });
  const around = AFTER_THE_PLAN['under the block'](() => remove(fixture, younger));
  const report = await fixture.runPurge({ around });
  expect(report).toMatchObject({ outcome: 'incomplete', indicesDropped: 0 });
  expect(report.findings.map(({ code }) => code)).toEqual(['write-blocked', 'not-purged']);
  expect(report.indices[0]).toMatchObject({ did: 'left', note: LAST });
  expect(await fixture.left(index)).toEqual(['old']);
  expect(await isBlocked(fixture, index)).toBe(true);
});
