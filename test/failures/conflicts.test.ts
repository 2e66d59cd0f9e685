import { expect, test } from 'vitest';
import { daysAgo, purgeFixture } from '../support/purge/purge-fixture.ts';
import { after, answers, before, openWire } from '../support/server/faulty-connection.ts';

const EXPIRED = { '@timestamp': daysAgo(20) };
const LIVE = { '@timestamp': daysAgo(3) };

const fixtureWithWire = () => {
  const fixture = purgeFixture();
  const wire = openWire();
  return { fixture, wire, client: fixture.newClient({ Connection: wire.Connection }) };
};

test('an expired document that becomes live before the deletion is not deleted', async () => {
  const { fixture, wire, client } = fixtureWithWire();
  const mixed = await fixture.createIndex('mixed', { a: EXPIRED, touched: EXPIRED, live: LIVE });
  // Not refreshed: the delete-by-query still finds the old version, and meets a conflict on the new one.
  wire.on(
    /-mixed\/_delete_by_query/,
    before(() => fixture.add(mixed, { touched: LIVE }, false)),
  );
  const report = await fixture.runPurge({ client });
  expect(report).toMatchObject({ outcome: 'complete', found: { documents: 2, due: 0 } });
  expect(await fixture.left(mixed)).toEqual(['live', 'touched']);
  expect(wire.sent(/-mixed\/_delete_by_query/).length).toBeGreaterThan(1);
});

test('a document that is rewritten during the deletion, but is still expired, is deleted', async () => {
  const { fixture, wire, client } = fixtureWithWire();
  const mixed = await fixture.createIndex('mixed', { a: EXPIRED, touched: EXPIRED, live: LIVE });
  wire.on(
    /-mixed\/_delete_by_query/,
    before(() => fixture.add(mixed, { touched: { ...EXPIRED, uin: '1' } }, false)),
    { times: 2 },
  );
  expect(await fixture.runPurge({ client })).toMatchObject({ outcome: 'complete' });
  expect(await fixture.left(mixed)).toEqual(['live']);
});

test('if every attempt meets a conflict, documents remain and the run is incomplete', async () => {
  const { fixture, wire, client } = fixtureWithWire();
  const mixed = await fixture.createIndex('mixed', { a: EXPIRED, live: LIVE });
  const conflict = {
    total: 1,
    deleted: 0,
    version_conflicts: 1,
    timed_out: false,
    failures: [{ id: 'a', status: 409 }],
  };
  wire.on(/-mixed\/_delete_by_query/, answers(409, conflict), { times: Number.POSITIVE_INFINITY });
  expect(await fixture.runPurge({ client })).toMatchObject({ outcome: 'incomplete', found: { due: 1 } });
  expect(wire.sent(/-mixed\/_delete_by_query/)).toHaveLength(5);
  expect(await fixture.left(mixed)).toEqual(['a', 'live']);
});

test('if a live document arrives before the block, the index stays and only expired documents are deleted', async () => {
  const { fixture, wire, client } = fixtureWithWire();
  const old = await fixture.createIndex('old', { a: EXPIRED, b: EXPIRED });
  wire.on(
    /-old\/_block\/write/,
    before(() => fixture.add(old, { late: LIVE }, false)),
  );
  const report = await fixture.runPurge({ client });
  expect(report).toMatchObject({ outcome: 'complete', indicesDropped: 0, documentsRemoved: 2 });
  await fixture.add(old, { later: LIVE });
  expect(await fixture.left(old)).toEqual(['late', 'later']);
});

test('no write reaches an index between block and drop', async () => {
  const { fixture, wire, client } = fixtureWithWire();
  const old = await fixture.createIndex('old', { a: EXPIRED });
  const refused: unknown[] = [];
  const write = () => fixture.add(old, { late: LIVE }).catch((error: Error) => refused.push(error.message));
  wire.on(/-old\/_block\/write/, after(write));
  wire.on(/^DELETE .*-old/, before(write));
  expect(await fixture.runPurge({ client })).toMatchObject({ outcome: 'complete', indicesDropped: 1 });
  expect(refused).toEqual([
    expect.stringContaining('cluster_block_exception'),
    expect.stringContaining('cluster_block_exception'),
  ]);
});

test.each([
  ['', {}, { did: 'left', note: 'its write block was lifted by somebody else' }, ['a']],
  [' and writes to it', { late: LIVE }, { did: 'deleted', note: 'it has been written to since the plan' }, ['late']],
])('an index is not dropped if somebody else lifts its block meanwhile%s', async (_, written, did, left) => {
  const { fixture, wire, client } = fixtureWithWire();
  const old = await fixture.createIndex('old', { a: EXPIRED });
  const lift = async () => {
    await fixture.client.indices.putSettings({ index: old, settings: { 'index.blocks.write': null } });
    await fixture.add(old, written, false);
  };
  wire.on(/-old\/_search/, after(lift));
  const report = await fixture.runPurge({ client });
  expect(report.indices).toMatchObject([did]);
  expect(await fixture.left(old)).toEqual(left);
});
