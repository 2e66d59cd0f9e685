import { expect, test } from 'vitest';
import { daysAgo, NOW, purgeFixture, takeOver } from '../support/purge/purge-fixture.ts';
import { after, before, busy, openWire } from '../support/server/faulty-connection.ts';

const MINUTE = 60_000;
const EXPIRED = { '@timestamp': daysAgo(20) };
const LIVE = { '@timestamp': daysAgo(3) };

/** Two indices to drop and one to delete from, behind a connection on which the test can act while a run is at work. */
const backlog = async () => {
  const fixture = purgeFixture();
  const wire = openWire();
  const client = fixture.newClient({ Connection: wire.Connection });
  const mixed = await fixture.createIndex('mixed', { expired: EXPIRED, live: LIVE });
  const old = await fixture.createIndex('old', { old: EXPIRED });
  const older = await fixture.createIndex('older', { older: EXPIRED });
  return { fixture, wire, client, mixed, old, older };
};

test('of two runs that start at once, one completes and the other is refused', async () => {
  const { fixture, wire, mixed, old, older } = await backlog();
  const started = Promise.withResolvers<void>();
  const other = Promise.withResolvers<void>();
  wire.on(
    /retention-leases\.[^/]*\/_doc\/.*op_type=create/,
    after(() => {
      started.resolve();
      return other.promise;
    }),
  );
  const first = fixture.runPurge({ client: fixture.newClient({ Connection: wire.Connection }) });
  await started.promise;
  const second = fixture.runPurge().finally(() => other.resolve());
  await expect(second).rejects.toMatchObject({ name: 'TransientError', code: 'lease-held' });
  expect(await first).toMatchObject({ outcome: 'complete', indicesDropped: 2, documentsRemoved: 3 });
  expect(await Promise.all([mixed, old, older].map(fixture.left))).toEqual([['live'], undefined, undefined]);
});

test('of many runs that start at once, only one at a time gets the lease', async () => {
  const { fixture, mixed, old, older } = await backlog();
  const runs = await Promise.allSettled(Array.from({ length: 6 }, () => fixture.runPurge()));
  const reports = runs.flatMap((run) => (run.status === 'fulfilled' ? [run.value] : []));
  const codes = runs.flatMap((run) => (run.status === 'rejected' ? [run.reason.code] : []));
  expect(codes).toEqual(codes.map(() => 'lease-held'));
  expect(reports.length).toBeGreaterThanOrEqual(1);
  expect(new Set(reports.map(({ fence }) => fence)).size).toBe(reports.length);
  expect(reports.every(({ outcome }) => outcome === 'complete')).toBe(true);
  expect(reports.reduce((sum, { documentsRemoved }) => sum + documentsRemoved, 0)).toBe(3);
  expect(await Promise.all([mixed, old, older].map(fixture.left))).toEqual([['live'], undefined, undefined]);
});

test('a run whose lease ends between recount and drop does not drop the index', async () => {
  const { fixture, wire, client, old, older } = await backlog();
  let clock = NOW;
  // The first one counts for the plan.
  wire.on(
    /_msearch/,
    after(() => {
      clock += 3 * MINUTE;
    }),
    { skip: 1 },
  );
  const report = await fixture.runPurge({ client, clock: () => clock });
  expect(report.outcome).toBe('incomplete');
  expect(report.indices.find(({ index }) => index === old)).toMatchObject({
    did: 'left',
    note: expect.stringContaining('lease-lost'),
  });
  expect(wire.sent(/^DELETE .*-old/)).toEqual([]);
  clock += 15 * MINUTE;
  expect(await fixture.runPurge({ clock: () => clock })).toMatchObject({ outcome: 'complete' });
  expect(await Promise.all([old, older].map(fixture.left))).toEqual([undefined, undefined]);
});

test.each(['drop', 'delete'] as const)(
  'a run does not %s after a run with a clock ahead has taken its lease',
  async (action) => {
    const { fixture, wire, client, mixed, old, older } = await backlog();
    // Alone: of two drops side by side, one might be through when the other's recount is answered.
    await fixture.client.indices.delete({ index: older });
    wire.on(
      action === 'drop' ? /-old\/_search/ : /-mixed\/_search/,
      after(() => takeOver(fixture)),
    );
    expect(await fixture.runPurge({ client })).toMatchObject({ state: 'closed', outcome: 'incomplete' });
    if (action === 'drop') expect(await fixture.left(old)).toEqual(['old']);
    expect(wire.sent(/-mixed\/_delete_by_query/)).toEqual([]);
    expect(await fixture.left(mixed)).toEqual(['expired', 'live']);
    await expect(fixture.runPurge()).rejects.toMatchObject({ code: 'lease-held' });
  },
);

test('a rejected deletion is not retried after another run took the lease over', async () => {
  const { fixture, wire, client, mixed } = await backlog();
  wire.on(/-mixed\/_delete_by_query/, async (...request) => {
    await takeOver(fixture);
    return busy(...request);
  });
  const report = await fixture.runPurge({ client });
  expect(report.indices.find(({ index }) => index === mixed)).toMatchObject({
    did: 'left',
    note: expect.stringContaining('lease-lost'),
  });
  expect(wire.sent(/-mixed\/_delete_by_query/)).toHaveLength(1);
  expect(await fixture.left(mixed)).toEqual(['expired', 'live']);
});

test('a run whose lease was taken over does not disturb the run that has it', async () => {
  const { fixture, wire, client, older } = await backlog();
  await fixture.client.indices.delete({ index: older });
  const later = NOW + 15 * MINUTE;
  const takenOver: unknown[] = [];
  wire.on(
    /-old\/_block\/write/,
    before(async () => takenOver.push(await fixture.runPurge({ clock: () => later }))),
  );
  expect(await fixture.runPurge({ client })).toMatchObject({ state: 'closed', fence: 1, documentsRemoved: 0 });
  expect(takenOver).toMatchObject([{ outcome: 'complete', fence: 2 }]);
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', fence: 3 });
});
