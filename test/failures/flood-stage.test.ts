import { expect, test } from 'vitest';
import { daysAgo, purgeFixture } from '../support/purge/purge-fixture.ts';
import { after, before, openWire } from '../support/server/faulty-connection.ts';

const EXPIRED = { '@timestamp': daysAgo(20) };
const LIVE = { '@timestamp': daysAgo(3) };
/** What Elasticsearch sets on every index of a node whose disk passed the flood-stage watermark. */
const FLOOD = { 'index.blocks.read_only_allow_delete': true };

const underFlood = async () => {
  const fixture = purgeFixture();
  const wire = openWire();
  const client = fixture.newClient({ Connection: wire.Connection });
  const mixed = await fixture.createIndex('mixed', { expired: EXPIRED, live: LIVE });
  const old = await fixture.createIndex('old', { old: EXPIRED });
  const flood = (...index: string[]) => fixture.client.indices.putSettings({ index, settings: FLOOD });
  const drain = (...index: string[]) =>
    fixture.client.indices.putSettings({ index, settings: { 'index.blocks.read_only_allow_delete': null } });
  return { fixture, wire, run: () => fixture.runPurge({ client }), mixed, old, flood, drain };
};

test('at flood stage, a run drops indices, but sends no delete-by-query', async () => {
  const { fixture, wire, run, mixed, old, flood, drain } = await underFlood();
  await flood(mixed, old);
  const report = await run();
  expect(report).toMatchObject({ outcome: 'incomplete', kept: false, indicesDropped: 1, found: { due: 1 } });
  expect(report.findings).toMatchObject([
    { code: 'write-blocked', severity: 'blocking', index: mixed, fix: expect.stringContaining('flood-stage') },
  ]);
  expect(wire.sent(/-mixed\/_delete_by_query/)).toEqual([]);
  expect(await fixture.left(old)).toBeUndefined();
  await drain(mixed);
  expect(await run()).toMatchObject({ outcome: 'complete' });
  expect(await fixture.left(mixed)).toEqual(['live']);
});

test('a flood-stage block set after the plan is noticed before the delete-by-query is sent', async () => {
  const { wire, run, mixed, flood } = await underFlood();
  wire.on(
    /retention-reports\.[^/]*\/_create/,
    after(() => flood(mixed)),
  );
  const report = await run();
  expect(report).toMatchObject({ outcome: 'incomplete', indicesDropped: 1 });
  expect(report.indices.find(({ index }) => index === mixed)).toMatchObject({
    did: 'left',
    note: expect.stringContaining('read_only_allow_delete'),
  });
  expect(wire.sent(/-mixed\/_delete_by_query/)).toEqual([]);
});

test('an index that gets a late live document is not dropped, even at flood stage', async () => {
  const { fixture, wire, run, mixed, old, flood } = await underFlood();
  await flood(mixed, old);
  const sneakIn = async () => {
    await fixture.client.indices.putSettings({
      index: old,
      settings: { 'index.blocks.read_only_allow_delete': null },
    });
    await fixture.add(old, { late: LIVE }, false);
    await flood(old);
  };
  wire.on(/-old\/_block\/write/, before(sneakIn));
  expect(await run()).toMatchObject({ outcome: 'incomplete', indicesDropped: 0 });
  expect(wire.sent(/-(mixed|old)\/_delete_by_query/)).toEqual([]);
  expect(await fixture.left(old)).toEqual(['late', 'old']);
});
