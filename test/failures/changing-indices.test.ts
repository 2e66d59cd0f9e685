import { expect, onTestFinished, test } from 'vitest';
import { daysAgo, PROPERTIES, purgeFixture } from '../support/purge/purge-fixture.ts';
import { after, before, openWire, rewrites } from '../support/server/faulty-connection.ts';

const EXPIRED = { '@timestamp': daysAgo(20) };
const LIVE = { '@timestamp': daysAgo(3) };

/**
 * An index to drop (`old`) and one to delete from (`mixed`); after `planned`, the plan is made and nothing is done yet.
 */
const twoIndices = async () => {
  const fixture = purgeFixture();
  const wire = openWire();
  const client = fixture.newClient({ Connection: wire.Connection });
  const mixed = await fixture.createIndex('mixed', { expired: EXPIRED, live: LIVE });
  const old = await fixture.createIndex('old', { old: EXPIRED });
  const run = () => fixture.runPurge({ client });
  const planned = (act: () => unknown) => wire.on(/retention-reports\.[^/]*\/_create/, after(act));
  const remove = (index: string) => fixture.client.indices.delete({ index });
  const recreate = async (index: string) => {
    await remove(index);
    await fixture.client.indices.create({ index, mappings: { properties: PROPERTIES } });
    await fixture.add(index, { fresh: LIVE });
  };
  return { fixture, wire, run, mixed, old, planned, remove, recreate };
};

test('indices that vanish after the plan do no harm: the run completes', async () => {
  const { run, mixed, old, planned, remove } = await twoIndices();
  planned(() => Promise.all([remove(mixed), remove(old)]));
  const report = await run();
  expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 0, indicesDropped: 0 });
  expect(report.indices).toMatchObject([
    { did: 'left', note: 'it is gone', found: 'gone' },
    { did: 'left', note: 'it is gone', found: 'gone' },
  ]);
});

test('indices closed after the plan are named, and make the outcome incomplete', async () => {
  const { fixture, run, mixed, old, planned } = await twoIndices();
  planned(() => fixture.client.indices.close({ index: [mixed, old] }));
  const report = await run();
  expect(report).toMatchObject({ outcome: 'incomplete', kept: false });
  expect(report.findings.filter(({ code }) => code === 'closed').map(({ code, index }) => [code, index])).toEqual([
    ['closed', mixed],
    ['closed', old],
  ]);
  await fixture.client.indices.open({ index: [mixed, old] });
  await fixture.add(old, { late: LIVE });
  expect(await fixture.left(old)).toEqual(['late', 'old']);
});

test('an index closed between block and drop stays, and is writable when reopened', async () => {
  const { fixture, wire, run, old } = await twoIndices();
  wire.on(
    /-old\/_block\/write/,
    after(() => fixture.client.indices.close({ index: old })),
  );
  expect(await run()).toMatchObject({ outcome: 'incomplete', indicesDropped: 0 });
  await fixture.client.indices.open({ index: old });
  await fixture.add(old, { late: LIVE });
  expect(await fixture.left(old)).toEqual(['late', 'old']);
});

test('an index that is replaced after the plan is neither dropped nor blocked', async () => {
  const { fixture, wire, run, old, planned, recreate } = await twoIndices();
  planned(() => recreate(old));
  const report = await run();
  expect(report.outcome).toBe('complete');
  expect(report.indices.filter(({ index }) => index === old)).toMatchObject([
    { did: 'left', note: expect.stringContaining('replaced'), found: 'gone' },
    { planned: 'unknown', reason: 'appeared after the plan', documentsAfter: 1 },
  ]);
  expect(wire.sent(/_block|^DELETE/)).toEqual([]);
  expect(await fixture.left(old)).toEqual(['fresh']);
});

test('a new index of the same name, created between block and drop, stays with its own block', async () => {
  const { fixture, wire, run, old, recreate } = await twoIndices();
  const replace = async () => {
    await recreate(old);
    await fixture.client.indices.addBlock({ index: old, block: 'write' });
  };
  wire.on(/-old\/_search/, after(replace));
  await run();
  expect(wire.sent(/^DELETE .*-old/)).toEqual([]);
  await expect(fixture.add(old, { late: LIVE })).rejects.toThrow('cluster_block_exception');
  expect(await fixture.left(old)).toEqual(['fresh']);
});

test('a write block that hits a foreign index through an alias is lifted at once and reported', async () => {
  const { fixture, wire, run, old, remove } = await twoIndices();
  const { client, id } = fixture;
  const foreign = `foreign-${id}`;
  onTestFinished(async () => void (await client.indices.delete({ index: foreign })));
  const swap = async () => {
    await remove(old);
    await client.indices.create({ index: foreign, mappings: { properties: PROPERTIES }, aliases: { [old]: {} } });
    await fixture.add(foreign, { theirs: EXPIRED });
  };
  wire.on(/-old\/_block\/write/, before(swap));
  const report = await run();
  expect(report.indices.find(({ index }) => index === old)?.note).toContain(`an alias of that name, on ${foreign}`);
  await fixture.add(foreign, { late: LIVE });
  expect(await fixture.left(foreign)).toEqual(['late', 'theirs']);
});

test('if an index vanishes during a count, the others are counted again', async () => {
  const { fixture, wire, run, mixed, old, remove } = await twoIndices();
  wire.on(
    /_msearch/,
    before(() => remove(old)),
  );
  const report = await run();
  expect(report.indices).toMatchObject([{ index: mixed, planned: 'delete', did: 'deleted' }]);
  expect(report.outcome).toBe('complete');
  expect(await fixture.left(mixed)).toEqual(['live']);
});

test('if a count misses shards twice, no index is changed and the run is incomplete', async () => {
  const { fixture, wire, run, mixed, old } = await twoIndices();
  wire.on(
    /_msearch/,
    rewrites((body) => {
      for (const answer of body.responses) answer._shards.total -= 1;
    }),
    { times: 2 },
  );
  const report = await run();
  expect(report.indices).toMatchObject([{ planned: 'unavailable' }, { planned: 'unavailable' }]);
  expect(report.outcome).toBe('incomplete');
  expect(await fixture.left(mixed)).toEqual(['expired', 'live']);
  expect(await fixture.left(old)).toEqual(['old']);
  expect(await run()).toMatchObject({ outcome: 'complete' });
});

test('the verification sees a new index with expired documents', async () => {
  const { fixture, run, planned } = await twoIndices();
  planned(() => fixture.createIndex('restored', { restored: EXPIRED }));
  const report = await run();
  expect(report).toMatchObject({ outcome: 'incomplete', found: { due: 1 } });
  expect(report.indices.find(({ planned }) => planned === 'unknown')).toMatchObject({ dueAfter: 1 });
});

test('the verification sees expired documents that arrive after the deletion', async () => {
  const { fixture, wire, run, mixed } = await twoIndices();
  wire.on(
    /-mixed\/_refresh/,
    after(() => fixture.add(mixed, { straggler: EXPIRED }, false)),
  );
  expect(await run()).toMatchObject({ outcome: 'incomplete', kept: false, found: { due: 1, overdue: 1 } });
});
