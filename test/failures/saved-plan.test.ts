import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { identifyCluster } from '../../lib/adapters/elasticsearch/client/identify-cluster.ts';
import { guard } from '../../lib/purge/guard.ts';
import { planPurge } from '../../lib/purge/purge.ts';
import { type SavedRun, savedPlanOf } from '../../lib/purge/saved/saved-plan.ts';
import { portsAt } from '../support/purge/ports-at.ts';
import { daysAgo, NOW, type PurgeFixture, purgeFixture } from '../support/purge/purge-fixture.ts';
import { savedRun } from '../support/purge/saved-world.ts';
import { answers, before, type Fault, losesAnswer, openWire, timesOut } from '../support/server/faulty-connection.ts';

const EXPIRED = { '@timestamp': daysAgo(20) };
const LIVE = { '@timestamp': daysAgo(3) };
const OLD = { a: EXPIRED, b: EXPIRED, c: EXPIRED };
const LATE = { d: EXPIRED, e: EXPIRED, f: EXPIRED };

const fixtureWithWire = () => {
  const fixture = purgeFixture();
  const wire = openWire();
  return { fixture, wire, client: fixture.newClient({ Connection: wire.Connection }) };
};

const save = async ({ client, policy, category }: PurgeFixture): Promise<SavedRun> => {
  const requests = { timeout: () => 30_000 };
  const ports = portsAt(client, policy, requests, () => NOW, requests, process.env);
  const plan = await planPurge(
    { policy, category },
    { ...ports, store: { ...ports.store, serverTime: async () => NOW } },
  );
  const cluster = await identifyCluster(client, requests);
  return savedRun(savedPlanOf([{ plan, refusals: guard(plan) }], cluster, policy.version, randomUUID));
};

test.each([
  ['is lost after the deletion', losesAnswer],
  ['never comes', timesOut],
] as const)('if the answer to a deletion %s, a saved plan sends no further deletion', async (_, fault) => {
  const { fixture, wire, client } = fixtureWithWire();
  const mixed = await fixture.createIndex('mixed', { ...OLD, live: LIVE });
  const saved = await save(fixture);
  wire.on(/-mixed\/_delete_by_query/, async (send, body) => {
    await fixture.add(mixed, LATE);
    return fault(send, body);
  });
  const report = await fixture.runPurge({ client, saved });
  expect(report).toMatchObject({ outcome: 'incomplete', documentsRemoved: 0 });
  expect(report.indices[0]?.note).toContain('some requests got no answer');
  expect(wire.sent(/-mixed\/_delete_by_query/)).toHaveLength(1);
  expect((await fixture.left(mixed))?.length).toBeGreaterThanOrEqual(4);
});

test('a failed deletion uses up only as much of a saved plan as it reports as deleted', async () => {
  const { fixture, wire, client } = fixtureWithWire();
  const mixed = await fixture.createIndex('mixed', { ...OLD, live: LIVE });
  const saved = await save(fixture);
  const failures = [{ id: 'a', status: 409 }];
  const conflict: Fault = answers(409, { total: 3, deleted: 1, version_conflicts: 1, timed_out: false, failures });
  wire.on(/-mixed\/_delete_by_query/, conflict);
  wire.on(
    /-mixed\/_delete_by_query/,
    before(() => fixture.add(mixed, LATE)),
  );
  await fixture.runPurge({ client, saved });
  // The first answer was made up, so two of six were deleted.
  expect(await fixture.left(mixed)).toHaveLength(5);
});

test('a saved plan does not drop an index that was written to before its block', async () => {
  const { fixture, wire, client } = fixtureWithWire();
  const old = await fixture.createIndex('old', OLD);
  const saved = await save(fixture);
  wire.on(
    /-old\/_block\/write/,
    before(() => fixture.add(old, LATE)),
  );
  const report = await fixture.runPurge({ client, saved });
  expect(report.indices[0]).toMatchObject({ did: 'left', note: expect.stringContaining('it has 6 documents') });
  expect(await fixture.left(old)).toHaveLength(6);
  await fixture.add(old, { live: LIVE });
});

test('without a fault, a saved plan drops and deletes as any run does', async () => {
  const { fixture, client } = fixtureWithWire();
  const old = await fixture.createIndex('old', OLD);
  const mixed = await fixture.createIndex('mixed', { ...OLD, live: LIVE });
  const saved = await save(fixture);
  expect(await fixture.runPurge({ client, saved })).toMatchObject({ outcome: 'complete', documentsRemoved: 6 });
  expect([await fixture.left(old), await fixture.left(mixed)]).toEqual([undefined, ['live']]);
});
