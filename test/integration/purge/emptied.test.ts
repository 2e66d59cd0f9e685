import { expect, test } from 'vitest';
import { ownIndices } from '../../../lib/policy/own-indices.ts';
import { DAY, HOUR } from '../../../lib/policy/time/duration.ts';
import { answers, openWire } from '../../support/faulty-connection.ts';
import { aroundRemover, daysAgo, NOW, type PurgeFixture, purgeFixture } from '../../support/purge-fixture.ts';

const old = { '@timestamp': daysAgo(20) };
const live = { '@timestamp': daysAgo(1) };
const MINUTE = 60_000;

/** Lets time pass: what the reports of the category say was verified so long before. */
const pass = async ({ client, category, policy }: PurgeFixture, milliseconds: number): Promise<void> => {
  const index = ownIndices(policy, category.id).reports;
  await client.indices.refresh({ index });
  await client.updateByQuery({
    index,
    refresh: true,
    query: { bool: { filter: [{ term: { category: category.id } }, { term: { state: 'closed' } }] } },
    script: {
      source:
        'ctx._source.verifiedAt = Instant.ofEpochMilli(ZonedDateTime.parse(ctx._source.verifiedAt).toInstant().toEpochMilli() - params.by).toString()',
      params: { by: milliseconds },
    },
  });
};

/** A run so long after the last one. */
const runAfter = async (fixture: PurgeFixture, milliseconds: number, around?: ReturnType<typeof aroundRemover>) => {
  await pass(fixture, milliseconds);
  return fixture.runPurge(around && { around });
};

/** An index that was emptied while an alias wrote to it, and is not written to any more; a younger one beside it. */
const emptied = async (fixture: PurgeFixture): Promise<string> => {
  const index = await fixture.createIndex('a', { old });
  const alias = { index, name: `w-${fixture.id}`, is_write_index: true };
  await fixture.client.indices.putAlias(alias);
  expect(await fixture.runPurge()).toMatchObject({ documentsRemoved: 1, indicesDropped: 0 });
  await fixture.client.indices.deleteAlias({ index, name: alias.name });
  await fixture.createIndex('b', { live });
  return index;
};

test('an emptied index is dropped by the first run that finds it unchanged for a day, and no sooner', async () => {
  const fixture = purgeFixture({ template: false });
  const index = await emptied(fixture);
  for (const later of [MINUTE, DAY - 2 * MINUTE]) {
    expect((await runAfter(fixture, later)).indices[0]).toMatchObject({
      index,
      planned: 'keep',
      reason: 'emptied: is dropped once a run finds it unchanged for 24 hours',
    });
    expect(await fixture.left(index)).toEqual([]);
  }
  const report = await runAfter(fixture, MINUTE);
  expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 0, indicesDropped: 1 });
  expect(report.indices[0]).toMatchObject({ planned: 'drop', did: 'dropped', found: 'gone' });
  expect(await fixture.left(index)).toBeUndefined();
});

test.each([
  ['a dry run', { dryRun: true }],
  ['a run that is refused', {}],
  ['a run whose cluster tells no time', { serverTime: async () => undefined }],
])('%s under a clock that is more than a day slow proves nothing of an emptied index', async (_, options) => {
  const fixture = purgeFixture({ template: false });
  const index = await emptied(fixture);
  const slow = { clock: () => NOW - 25 * HOUR, serverTime: async () => NOW };
  await fixture.runPurge({ ...slow, ...options });
  await fixture.client.indices.refresh({ index: ownIndices(fixture.policy, fixture.category.id).reports });
  expect(await fixture.runPurge()).toMatchObject({ indicesDropped: 0 });
  expect(await fixture.left(index)).toEqual([]);
});

test('an index that was made in advance stays, however long it is empty', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('a');
  await fixture.createIndex('b', { live });
  await fixture.runPurge();
  for (const later of [DAY, 8 * DAY])
    expect((await runAfter(fixture, later)).indices[0]).toMatchObject({ planned: 'keep', reason: 'empty' });
  expect(await fixture.left(index)).toEqual([]);
});

test.each<[string, (fixture: PurgeFixture, index: string) => Promise<unknown>]>([
  [
    'a write and a deletion',
    async ({ client, add }, index) => {
      await add(index, { passing: live });
      await client.delete({ index, id: 'passing', refresh: true });
    },
  ],
  ['a deletion of nothing', ({ client }, index) => client.delete({ index, id: 'none' }, { ignore: [404] })],
])('%s makes the day begin anew', async (_, change) => {
  const fixture = purgeFixture();
  const index = await emptied(fixture);
  await change(fixture, index);
  expect(await runAfter(fixture, DAY)).toMatchObject({ indicesDropped: 0 });
  expect(await fixture.left(index)).toEqual([]);
  expect(await runAfter(fixture, DAY)).toMatchObject({ indicesDropped: 1 });
});

test('an index that took the name of an emptied one waits for its own day', async () => {
  const fixture = purgeFixture();
  const index = await emptied(fixture);
  await fixture.client.indices.delete({ index });
  await fixture.createIndex('a', { passing: live });
  await fixture.client.delete({ index, id: 'passing', refresh: true });
  expect(await runAfter(fixture, DAY)).toMatchObject({ indicesDropped: 0 });
});

const keeping = async (fixture: PurgeFixture, change: (index: string) => Promise<unknown>) => {
  const index = await emptied(fixture);
  await change(index);
  for (const later of [DAY, DAY]) {
    const { indices } = await runAfter(fixture, later);
    expect(indices[0]).toMatchObject({ index, planned: 'keep', reason: expect.stringMatching(/^emptied; .*: stays$/) });
  }
  expect(await fixture.left(index)).toEqual([]);
};

test.each([
  ['the write index of an alias', { is_write_index: true }],
  ['the only index of an alias', {}],
  ['the only index of an alias that may not write', { is_write_index: false }],
])('an emptied index stays as %s', async (_, alias) => {
  const fixture = purgeFixture();
  await keeping(fixture, (index) => fixture.client.indices.putAlias({ index, name: `x-${fixture.id}`, ...alias }));
});

test('an emptied index stays as the last one of a pattern that no index template maps', async () => {
  const fixture = purgeFixture({ template: false });
  await keeping(fixture, () => fixture.client.indices.delete({ index: `${fixture.id}-b` }));
});

test.each<[string, object]>([
  ['live', live],
  ['expired', old],
  ['undated', {}],
])('an emptied index into which somebody writes one %s document after the plan stays', async (_, document) => {
  const fixture = purgeFixture();
  const index = await emptied(fixture);
  const around = aroundRemover((real) => ({
    blockWrites: async (name) => {
      await fixture.add(index, { late: document }, false);
      await real.blockWrites(name);
    },
  }));
  const report = await runAfter(fixture, DAY, around);
  expect(report.indices[0]).toMatchObject({ planned: 'drop', did: 'left', found: 'there', documentsAfter: 1 });
  expect(await fixture.left(index)).toEqual(['late']);
  await fixture.add(index, { afterwards: live });
});

test('an emptied index that holds an expired document under the block stays, whatever its operations are', async () => {
  const fixture = purgeFixture();
  const index = await emptied(fixture);
  const taken = (await fixture.client.indices.stats({ index, level: 'shards' })).indices?.[index]?.shards?.['0']?.[0];
  const around = aroundRemover((real) => ({
    blockWrites: async (name) => {
      await fixture.add(index, { late: old }, false);
      await real.blockWrites(name);
    },
    operations: async () => (taken?.seq_no?.max_seq_no ?? 0) + 1,
  }));
  expect((await runAfter(fixture, DAY, around)).indices[0]).toMatchObject({ planned: 'drop', did: 'left' });
  expect(await fixture.left(index)).toEqual(['late']);
});

test('an emptied index that was written to and emptied again after the plan stays, and writes are open', async () => {
  const fixture = purgeFixture();
  const index = await emptied(fixture);
  const around = aroundRemover((real) => ({
    blockWrites: async (name) => {
      await fixture.add(index, { passing: live });
      await fixture.client.delete({ index, id: 'passing', refresh: true });
      await real.blockWrites(name);
    },
  }));
  const report = await runAfter(fixture, DAY, around);
  expect(report.indices[0]).toMatchObject({ did: 'left', note: expect.stringContaining('written to after the plan') });
  await fixture.add(index, { afterwards: live });
});

test.each([
  ['the statistics', /^GET .*\/_stats/],
  ['the report of a day ago', /^POST \/retention-reports\.[^/]*\/_search/],
])('where %s cannot be read, an emptied index stays and the others are purged', async (_, line) => {
  const fixture = purgeFixture();
  const index = await emptied(fixture);
  await fixture.createIndex('0', { old });
  await pass(fixture, DAY);
  const wire = openWire();
  wire.on(line, answers(400, 'illegal_argument_exception'), { times: Number.POSITIVE_INFINITY });
  const client = fixture.newClient({ Connection: wire.Connection });
  const report = await fixture.runPurge({ client });
  expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
  expect(wire.sent(line).length).toBeGreaterThan(0);
  expect(await fixture.left(index)).toEqual([]);
});

test('where index templates cannot be read, the last index is emptied', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('a', { old });
  const wire = openWire();
  wire.on(/_index_template/, answers(403, 'security_exception'), { times: Number.POSITIVE_INFINITY });
  await fixture.runPurge({ client: fixture.newClient({ Connection: wire.Connection }) });
  expect(await fixture.left(index)).toEqual([]);
});

test('an emptied index under a write block that a person set is dropped all the same', async () => {
  const fixture = purgeFixture();
  const index = await emptied(fixture);
  await fixture.client.indices.addBlock({ index, block: 'write' });
  expect(await runAfter(fixture, DAY)).toMatchObject({ outcome: 'complete', indicesDropped: 1 });
  expect(await fixture.left(index)).toBeUndefined();
});

test('an emptied index under a read_only block stays, and nothing is in the way', async () => {
  const fixture = purgeFixture();
  const index = await emptied(fixture);
  const block = (value: true | null) =>
    fixture.client.indices.putSettings({ index, settings: { 'index.blocks.read_only': value } });
  await block(true);
  expect(await runAfter(fixture, DAY)).toMatchObject({ outcome: 'complete', kept: true, indicesDropped: 0 });
  await block(null);
  expect(await runAfter(fixture, DAY)).toMatchObject({ indicesDropped: 1 });
});
