import { expect, test } from 'vitest';
import { daysAgo, NOW, type PurgeFixture, purgeFixture } from '../../../support/purge/purge-fixture.ts';
import { answers, busy, openWire, reset } from '../../../support/server/faulty-connection.ts';

const EXPIRED = { first: { '@timestamp': daysAgo(20) } };
const LIVE = { now: { '@timestamp': daysAgo(1) } };
const DAYS = Array.from({ length: 12 }, (_, at) => `${at + 10}`);

/** Expired indices, a live one, and a client that counts its requests. */
const backlog = async () => {
  const fixture = purgeFixture();
  await fixture.createIndices(DAYS.map((suffix) => ({ suffix, documents: EXPIRED })));
  await fixture.createIndex('99', LIVE);
  const wire = openWire();
  return { fixture, wire, client: fixture.newClient({ Connection: wire.Connection }) };
};

const remaining = async (fixture: PurgeFixture) => [...(await fixture.leftInAll()).keys()];

test('all due indices are dropped with one request for each step', async () => {
  const { fixture, wire, client } = await backlog();
  const report = await fixture.runPurge({ client });
  expect(report).toMatchObject({ outcome: 'complete', indicesDropped: DAYS.length });
  expect(wire.sent(/^DELETE \//)).toHaveLength(1);
  expect(wire.sent(/^PUT \/[^?]*\/_block\/write/)).toHaveLength(1);
  // Another one is from the plan, and another one from the verification.
  expect(wire.sent(/^POST \/_msearch/).length).toBeLessThanOrEqual(4);
  // Never read once for all: before the blocks, and before and after the last look at the indices.
  expect(wire.sent(/^POST \/retention-controls.*_source=change/)).toHaveLength(3);
});

test('an index with a live document stays, and the others are dropped', async () => {
  const { fixture, wire, client } = await backlog();
  const spared = `${fixture.id}-${DAYS[3]}`;
  wire.on(/\/_block\/write/, async (send) => {
    await fixture.add(spared, { late: { '@timestamp': daysAgo(1) } });
    return send();
  });
  const report = await fixture.runPurge({ client });
  expect(report.indicesDropped).toBe(DAYS.length - 1);
  expect(await remaining(fixture)).toEqual([spared, `${fixture.id}-99`]);
  expect(await fixture.left(spared)).toEqual(['late']);
  expect(wire.sent(/^DELETE \//)).toHaveLength(1);
});

test('if one index makes the drop request fail, the indices are dropped one by one', async () => {
  const { fixture, wire, client } = await backlog();
  const gone = `${fixture.id}-${DAYS[5]}`;
  wire.on(/^DELETE \//, async (send) => {
    await fixture.client.indices.delete({ index: gone });
    return send();
  });
  const report = await fixture.runPurge({ client });
  expect(report.indices.find(({ index }) => index === gone)).toMatchObject({ did: 'left', note: 'it is gone' });
  expect(report.indicesDropped).toBe(DAYS.length - 1);
  expect(await remaining(fixture)).toEqual([`${fixture.id}-99`]);
  expect(wire.sent(/^DELETE \//)).toHaveLength(DAYS.length);
});

/** Only a refusal that names a cause says for certain that nothing was dropped. */
test.each([
  ['without an answer', reset],
  ['answered by 429', busy],
  ['answered by 500', answers(500, 'null_pointer_exception')],
  ['answered by 503', answers(503, 'process_cluster_event_timeout_exception')],
  ['answered by 404 without a cause', answers(404, {})],
])('a drop request %s is not repeated, and all write blocks stay', async (_, fault) => {
  const { fixture, wire, client } = await backlog();
  wire.on(/^DELETE \//, fault);
  const report = await fixture.runPurge({ client });
  expect(report.indicesDropped).toBe(0);
  expect(wire.sent(/^DELETE \//)).toHaveLength(1);
  const settings = await fixture.client.indices.getSettings({ index: DAYS.map((day) => `${fixture.id}-${day}`) });
  expect(Object.values(settings).map((each) => each.settings?.index?.blocks?.write)).toEqual(DAYS.map(() => 'true'));
  const later = { clock: () => NOW + 15 * 60_000 };
  expect(await fixture.runPurge(later)).toMatchObject({ outcome: 'complete', indicesDropped: DAYS.length });
});

test('if an alias takes the name of an index, the index behind it is not blocked, and the other days are dropped', async () => {
  const { fixture, wire, client } = await backlog();
  const replaced = `${fixture.id}-${DAYS[2]}`;
  const other = await fixture.createIndex('other', LIVE, { foreign: true });
  wire.on(/\/_block\/write/, async (send) => {
    await fixture.client.indices.updateAliases({
      actions: [{ remove_index: { index: replaced } }, { add: { index: other, alias: replaced } }],
    });
    return send();
  });
  const report = await fixture.runPurge({ client });
  expect(report.indicesDropped).toBe(DAYS.length - 1);
  const settings = await fixture.client.indices.getSettings({ index: other });
  expect(settings[other]?.settings?.index?.blocks).toBeUndefined();
  expect(await fixture.left(other)).toEqual(['now']);
});

test('an index that was blocked by hand is dropped with the others', async () => {
  const { fixture, wire, client } = await backlog();
  await fixture.client.indices.putSettings({
    index: `${fixture.id}-${DAYS[0]}`,
    settings: { 'index.blocks.write': true },
  });
  expect(await fixture.runPurge({ client })).toMatchObject({ outcome: 'complete', indicesDropped: DAYS.length });
  expect(wire.sent(/^DELETE \//)).toHaveLength(1);
});

test('names that do not fit into one request line are sent in several requests', async () => {
  const fixture = purgeFixture();
  const long = Array.from({ length: 20 }, (_, at) => `${at}-${'x'.repeat(200)}`);
  await fixture.createIndices([
    ...long.map((suffix) => ({ suffix, documents: EXPIRED })),
    { suffix: '99', documents: LIVE },
  ]);
  const wire = openWire();
  const report = await fixture.runPurge({ client: fixture.newClient({ Connection: wire.Connection }) });
  expect(report).toMatchObject({ outcome: 'complete', indicesDropped: long.length });
  expect(wire.sent(/^DELETE \//)).toHaveLength(2);
});
