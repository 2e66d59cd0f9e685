import { expect, test } from 'vitest';
import type { Report } from '../../lib/purge/report/report.ts';
import { daysAgo, NOW, PROPERTIES, purgeFixture } from '../support/purge/purge-fixture.ts';
import { after, before, delayed, losesAnswer, openWire, reset, timesOut } from '../support/server/faulty-connection.ts';

const EXPIRED = { '@timestamp': daysAgo(20) };
const LIVE = { '@timestamp': daysAgo(3) };

const fixtureWithWire = () => {
  const fixture = purgeFixture();
  const wire = openWire();
  return { fixture, wire, client: fixture.newClient({ Connection: wire.Connection }) };
};

/** The indices that a run says it has left under a block of its own. */
const blocksLeft = ({ findings }: Report): readonly (string | undefined)[] =>
  findings.flatMap(({ code, index }) => (code === 'write-block-left' ? [index] : []));

const isWriteBlocked = async ({ client }: ReturnType<typeof purgeFixture>, index: string) => {
  const state = (await client.indices.getSettings({ index }))[index]?.settings?.index;
  return state?.blocks?.write !== undefined;
};

test.each([
  ['whose answer is lost', losesAnswer],
  ['whose connection is reset', reset],
  ['that times out', timesOut],
] as const)('a delete-by-query %s is sent again, and the run is complete', async (_, fault) => {
  const { fixture, wire, client } = fixtureWithWire();
  const mixed = await fixture.createIndex('mixed', { a: EXPIRED, b: EXPIRED, live: LIVE });
  wire.on(/-mixed\/_delete_by_query/, fault);
  const report = await fixture.runPurge({ client });
  expect(report).toMatchObject({ outcome: 'complete', found: { documents: 1, due: 0 } });
  expect(await fixture.left(mixed)).toEqual(['live']);
  expect(wire.sent(/-mixed\/_delete_by_query/)).toHaveLength(2);
});

test('a delete-by-query that arrives late harms neither its repetition nor a live document', async () => {
  const { fixture, wire, client } = fixtureWithWire();
  const mixed = await fixture.createIndex('mixed', { a: EXPIRED, b: EXPIRED, live: LIVE });
  const { fault, deliver } = delayed();
  wire.on(/-mixed\/_delete_by_query/, fault);
  wire.on(
    /-mixed\/_delete_by_query/,
    before(() => void deliver()),
  );
  expect(await fixture.runPurge({ client })).toMatchObject({ outcome: 'complete' });
  await deliver();
  expect(await fixture.left(mixed)).toEqual(['live']);
});

test('a drop whose answer is lost is not repeated, and the verification finds the index gone', async () => {
  const { fixture, wire, client } = fixtureWithWire();
  const old = await fixture.createIndex('old', { a: EXPIRED });
  wire.on(/^DELETE .*-old/, losesAnswer);
  const report = await fixture.runPurge({ client });
  expect(report).toMatchObject({ outcome: 'complete', found: { documents: 0 } });
  expect(report.indices).toMatchObject([{ index: old, planned: 'drop', found: 'gone' }]);
  expect(wire.sent(/^DELETE .*-old/)).toHaveLength(1);
});

test("a new index of the same name keeps its documents when a drop's answer is lost", async () => {
  const { fixture, wire, client } = fixtureWithWire();
  const old = await fixture.createIndex('old', { a: EXPIRED });
  const recreate = async () => {
    await fixture.client.indices.create({ index: old, mappings: { properties: PROPERTIES } });
    await fixture.add(old, { fresh: LIVE });
    await fixture.client.indices.addBlock({ index: old, block: 'write' });
  };
  wire.on(/^DELETE .*-old/, (send, body) => losesAnswer(() => after(recreate)(send, body), body));
  const report = await fixture.runPurge({ client });
  expect(report).toMatchObject({ found: { documents: 1, due: 0 } });
  expect(wire.sent(/^DELETE .*-old/)).toHaveLength(1);
  expect(await fixture.left(old)).toEqual(['fresh']);
  expect(await isWriteBlocked(fixture, old)).toBe(true);
});

test('a late drop destroys no live document: writes stay blocked until the next run', async () => {
  const { fixture, wire, client } = fixtureWithWire();
  const old = await fixture.createIndex('old', { a: EXPIRED });
  const { fault, deliver } = delayed();
  wire.on(/^DELETE .*-old/, fault);
  const report = await fixture.runPurge({ client });
  expect(report).toMatchObject({ outcome: 'incomplete', found: { due: 1 } });
  expect(blocksLeft(report)).toEqual([old]);
  await expect(fixture.client.index({ index: old, document: LIVE })).rejects.toThrow('cluster_block_exception');
  await deliver();
  expect(await fixture.left(old)).toBeUndefined();
});

test('a drop that was never sent leaves a block, which the next run lifts', async () => {
  const { fixture, wire, client } = fixtureWithWire();
  const old = await fixture.createIndex('old', { a: EXPIRED });
  wire.on(/^DELETE .*-old/, reset);
  const report = await fixture.runPurge({ client });
  expect(report).toMatchObject({ outcome: 'incomplete', found: { due: 1 } });
  expect(blocksLeft(report)).toEqual([old]);
  const next = await fixture.runPurge({ clock: () => NOW + 15 * 60_000 });
  expect(next).toMatchObject({ outcome: 'complete', indicesDropped: 1 });
  expect(blocksLeft(next)).toEqual([]);
  expect(await fixture.left(old)).toBeUndefined();
});
