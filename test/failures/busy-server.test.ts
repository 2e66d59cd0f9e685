import { expect, test } from 'vitest';
import { ownRecords } from '../../lib/adapters/elasticsearch/records/elasticsearch-records.ts';
import { ownIndices } from '../../lib/policy/own-indices.ts';
import { erasureFixture } from '../support/erasure/erasure-fixture.ts';
import { portsAt } from '../support/purge/ports-at.ts';
import { daysAgo, NOW, purgeFixture } from '../support/purge/purge-fixture.ts';
import { answers, busy, type Fault, openWire } from '../support/server/faulty-connection.ts';

const FOREVER = { times: Number.POSITIVE_INFINITY };
const EXPIRED = { '@timestamp': daysAgo(20) };
const LIVE = { '@timestamp': daysAgo(3) };

/** One index to delete from (`mixed`) and one to drop (`old`), behind a connection that the test can make fail. */
const busyFixture = async () => {
  const fixture = purgeFixture();
  const wire = openWire();
  const client = fixture.newClient({ Connection: wire.Connection });
  const mixed = await fixture.createIndex('mixed', { expired: EXPIRED, live: LIVE });
  const old = await fixture.createIndex('old', { old: EXPIRED });
  return { fixture, wire, client, mixed, old };
};

test('a delete-by-query rejected with 429 is sent again, and the run completes', async () => {
  const { fixture, wire, client, mixed } = await busyFixture();
  wire.on(/POST .*-mixed\/_delete_by_query/, busy, { times: 3 });
  const report = await fixture.runPurge({ client });
  expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 2, indicesDropped: 1 });
  expect(await fixture.left(mixed)).toEqual(['live']);
  expect(wire.sent(/-mixed\/_delete_by_query/)).toHaveLength(4);
});

test('a count rejected with 429 is sent again, and the run completes', async () => {
  const { fixture, wire, client } = await busyFixture();
  wire.on(/POST .*_msearch/, busy, { times: 2 });
  wire.on(/POST .*-old\/_search/, busy, { times: 2 });
  expect(await fixture.runPurge({ client })).toMatchObject({ outcome: 'complete', indicesDropped: 1 });
  expect(wire.sent(/-old\/_search/)).toHaveLength(3);
});

test.each([429, 503])('a drop answered with %i is not repeated; the next run finishes it', async (status) => {
  const { fixture, wire, client, mixed, old } = await busyFixture();
  wire.on(/^DELETE .*-old/, answers(status, 'process_cluster_event_timeout_exception'), FOREVER);
  const report = await fixture.runPurge({ client });
  expect(report).toMatchObject({ outcome: 'incomplete', indicesDropped: 0, found: { due: 1 } });
  expect(report.indices.find(({ index }) => index === old)).toMatchObject({ did: 'left', dueAfter: 1 });
  expect(wire.sent(/^DELETE .*-old/)).toHaveLength(1);
  expect(await fixture.left(mixed)).toEqual(['live']);
  // Before that, the drop may still be executed, so the block stays.
  const later = { clock: () => NOW + 15 * 60_000 };
  expect(await fixture.runPurge({ ...later, dryRun: true })).toMatchObject({ outcome: 'observed' });
  await fixture.add(old, { late: LIVE });
  expect(await fixture.runPurge(later)).toMatchObject({ outcome: 'complete' });
  expect(await fixture.left(old)).toEqual(['late']);
});

test('a run whose deletions are always rejected is incomplete', async () => {
  const { fixture, wire, client, mixed, old } = await busyFixture();
  wire.on(/POST .*-mixed\/_delete_by_query/, busy, FOREVER);
  const report = await fixture.runPurge({ client });
  expect(report).toMatchObject({ outcome: 'incomplete', kept: false, documentsRemoved: 1, found: { due: 1 } });
  expect(report.indices.find(({ index }) => index === mixed)).toMatchObject({
    did: 'left',
    note: expect.stringContaining('store-busy'),
  });
  expect(await fixture.left(mixed)).toEqual(['expired', 'live']);
  expect(await fixture.left(old)).toBeUndefined();
});

test('a run whose counts are always rejected fails and destroys nothing', async () => {
  const { fixture, wire, client, mixed, old } = await busyFixture();
  wire.on(/POST .*_msearch/, busy, FOREVER);
  await expect(fixture.runPurge({ client })).rejects.toMatchObject({ name: 'TransientError', code: 'store-busy' });
  expect(await fixture.left(mixed)).toEqual(['expired', 'live']);
  expect(await fixture.left(old)).toEqual(['old']);
});

test('a run whose verification is always rejected fails', async () => {
  const { fixture, wire, client } = await busyFixture();
  wire.on(/POST .*_msearch/, busy, { ...FOREVER, skip: 1 });
  await expect(fixture.runPurge({ client })).rejects.toMatchObject({ name: 'TransientError', code: 'store-busy' });
});

test('retries end when the time for a request is used up', async () => {
  const { fixture, wire, client, mixed } = await busyFixture();
  wire.on(/POST .*-mixed\/_delete_by_query/, busy, FOREVER);
  const patient = { timeout: () => 1_000, retries: 1_000, firstWait: 300 };
  const around = () => portsAt(client, fixture.policy, patient, () => NOW);
  expect(await fixture.runPurge({ client, around })).toMatchObject({ outcome: 'incomplete' });
  expect(wire.sent(/-mixed\/_delete_by_query/).length).toBeLessThanOrEqual(4);
  expect(await fixture.left(mixed)).toEqual(['expired', 'live']);
});

test('the client itself never repeats a delete-by-query', async () => {
  const { fixture, wire, client } = await busyFixture();
  wire.on(/POST .*-mixed\/_delete_by_query/, answers(503, 'unavailable_shards_exception'), FOREVER);
  const once = { timeout: () => 30_000, retries: 0 };
  const around = () => portsAt(client, fixture.policy, once, () => NOW);
  expect(await fixture.runPurge({ client, around })).toMatchObject({ outcome: 'incomplete' });
  expect(wire.sent(/-mixed\/_delete_by_query/)).toHaveLength(1);
});

test('a run that cannot open its report ends before it destroys anything', async () => {
  const { fixture, wire, client, mixed, old } = await busyFixture();
  wire.on(/PUT .*retention-reports\.[^/]*\/_create/, busy, FOREVER);
  await expect(fixture.runPurge({ client })).rejects.toMatchObject({ name: 'TransientError', code: 'store-busy' });
  expect(wire.sent(/_block|_delete_by_query|^DELETE/)).toEqual([]);
  expect(await fixture.left(mixed)).toEqual(['expired', 'live']);
  expect(await fixture.left(old)).toEqual(['old']);
});

test('an event that a busy server rejects is recorded later, exactly once', async () => {
  const fixture = erasureFixture();
  const wire = openWire();
  const { events } = ownIndices(fixture.policy, fixture.category.id);
  await fixture.tell('account-deleted', { uin: '1' });
  // The server takes one of two events, and is too busy for the other.
  const takesOne: Fault = async (send) => {
    const answer = await send();
    const { items, ...rest } = JSON.parse(`${answer.body}`);
    const [first, { create }] = items;
    await fixture.client.delete({ index: events, id: create._id });
    const error = { type: 'es_rejected_execution_exception', reason: 'scripted' };
    const refused = { create: { _index: events, _id: create._id, status: 429, error } };
    return { ...answer, body: JSON.stringify({ ...rest, errors: true, items: [first, refused] }) };
  };
  wire.on(/_bulk/, takesOne);
  const client = fixture.newClient({ Connection: wire.Connection });
  const log = ownRecords(client, { timeout: () => 30_000 }, fixture.policy).events(fixture.category.id);
  const [known] = await log.about(await fixture.entries().then((all) => all.map(({ subject }) => subject.hash)));
  if (known === undefined) throw new Error('no event');
  const fresh = ['a', 'b'].map((id) => ({ ...known, id }));
  expect(await log.keep(fresh)).toEqual(new Set(['a', 'b']));
  expect(await log.missing(['a', 'b'])).toEqual(new Set());
  expect(wire.sent(/_bulk/)).toHaveLength(2);
});
