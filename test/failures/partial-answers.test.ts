import { expect, test } from 'vitest';
import { daysAgo, purgeFixture } from '../support/purge/purge-fixture.ts';
import { answers, openWire, rewrites } from '../support/server/faulty-connection.ts';

const EXPIRED = { '@timestamp': daysAgo(20) };
const LIVE = { '@timestamp': daysAgo(3) };
const FOREVER = { times: Number.POSITIVE_INFINITY };
const REASON = { type: 'scripted_exception', reason: 'a shard failed' };

/** An index to drop (`old`) and one to delete from (`mixed`), behind a connection that the test can make fail. */
const twoIndices = async () => {
  const fixture = purgeFixture();
  const wire = openWire();
  const client = fixture.newClient({ Connection: wire.Connection });
  const mixed = await fixture.createIndex('mixed', { expired: EXPIRED, live: LIVE });
  const old = await fixture.createIndex('old', { old: EXPIRED });
  const run = () => fixture.runPurge({ client });
  return { fixture, wire, run, mixed, old };
};

/** What a search says when the shard of `index` failed; without an index, when a shard failed that nobody names. */
const shardFails = (index?: string) =>
  rewrites(({ responses }) => {
    for (const response of responses) {
      response._shards.failed = 1;
      response._shards.successful -= 1;
      if (index !== undefined) response._shards.failures = [{ shard: 0, index, node: 'n', reason: REASON }];
      const indices = response.aggregations?.indices;
      if (indices) indices.buckets = indices.buckets.filter(({ key }: { key: string }) => key !== index);
    }
  });

test('an index whose count fails in a shard is reported, and nothing in it is deleted', async () => {
  const { fixture, wire, run, mixed, old } = await twoIndices();
  wire.on(/_msearch/, shardFails(old), FOREVER);
  const report = await run();
  expect(report.outcome).toBe('incomplete');
  expect(report.findings).toMatchObject([
    { code: 'unanswered', severity: 'blocking', index: old, found: expect.stringContaining('a shard failed') },
  ]);
  expect(report.indices.find(({ index }) => index === old)).toMatchObject({
    planned: 'unavailable',
    found: 'unanswered',
  });
  expect(await fixture.left(old)).toEqual(['old']);
  expect(await fixture.left(mixed)).toEqual(['live']);
});

test('if no failed shard is named, no count is believed and nothing is destroyed', async () => {
  const { wire, run, mixed, old } = await twoIndices();
  wire.on(/_msearch/, shardFails(), FOREVER);
  const report = await run();
  expect(report).toMatchObject({ outcome: 'incomplete', kept: false });
  expect(report.findings.map(({ code, index }) => [code, index])).toEqual([
    ['unanswered', mixed],
    ['unanswered', old],
  ]);
  expect(wire.sent(/_block|(mixed|old)\/_delete_by_query|^DELETE/)).toEqual([]);
});

test('a count of too few shards is not believed, even without failures', async () => {
  const { wire, run, mixed, old } = await twoIndices();
  const silently = rewrites(({ responses }) => {
    for (const response of responses) response._shards.successful -= 1;
  });
  wire.on(/_msearch/, silently, FOREVER);
  const report = await run();
  expect(report.outcome).toBe('incomplete');
  expect(report.findings.map(({ index }) => index)).toEqual([mixed, old]);
});

test('a run is incomplete if its verification cannot count every index', async () => {
  const { fixture, wire, run, mixed } = await twoIndices();
  wire.on(/_msearch/, shardFails(mixed), { skip: 1, times: 2 });
  const report = await run();
  expect(report).toMatchObject({ outcome: 'incomplete', kept: false });
  expect(report.indices.find(({ index }) => index === mixed)).toMatchObject({ did: 'deleted', found: 'unanswered' });
  expect(await fixture.left(mixed)).toEqual(['live']);
});

test.each([
  ['has a failed shard', { total: 1, successful: 0, skipped: 0, failed: 1 }],
  ['misses a shard that nobody calls failed', { total: 1, successful: 0, skipped: 0, failed: 0 }],
  ['was asked of no shard', { total: 0, successful: 0, skipped: 0, failed: 0 }],
])('an index whose recount %s is not dropped, and is writable again', async (_, _shards) => {
  const { fixture, wire, run, old } = await twoIndices();
  wire.on(
    /-old\/_search/,
    rewrites((body) => {
      Object.assign(body._shards, _shards);
      body.hits.total.value = 0;
    }),
  );
  const report = await run();
  expect(report.outcome).toBe('incomplete');
  expect(report.indices.find(({ index }) => index === old)).toMatchObject({
    did: 'left',
    note: expect.stringContaining('partial-answer'),
    dueAfter: 1,
  });
  await fixture.add(old, { late: LIVE });
  expect(await fixture.left(old)).toEqual(['late', 'old']);
});

test('an index that was not refreshed before the recount is not dropped', async () => {
  const { fixture, wire, run, old } = await twoIndices();
  const failures = [{ shard: 0, index: old, status: 'INTERNAL_SERVER_ERROR', reason: REASON }];
  wire.on(/-old\/_refresh/, answers(200, { _shards: { total: 1, successful: 0, failed: 1, failures } }), FOREVER);
  const report = await run();
  expect(report).toMatchObject({ outcome: 'incomplete', indicesDropped: 0 });
  expect(await fixture.left(old)).toEqual(['old']);
});

test('an index whose refresh fails before the plan is reported, and nothing in it is deleted', async () => {
  const { fixture, wire, run, mixed, old } = await twoIndices();
  const failures = [{ shard: 0, index: old, status: 'INTERNAL_SERVER_ERROR', reason: REASON }];
  const refresh = new RegExp(`GET /${fixture.id}-\\*/_refresh`);
  wire.on(refresh, answers(200, { _shards: { total: 2, successful: 1, failed: 1, failures } }), FOREVER);
  const report = await run();
  expect(report.findings).toMatchObject([{ code: 'unanswered', index: old }]);
  expect(await fixture.left(old)).toEqual(['old']);
  expect(await fixture.left(mixed)).toEqual(['live']);
});

test('an index that does not return its fields is reported, and nothing in it is deleted', async () => {
  const { fixture, wire, run, mixed, old } = await twoIndices();
  const silent = rewrites((body) => {
    body.indices = body.indices.filter((index: string) => index !== old);
    body.failures = [{ indices: [old], failure: { error: REASON } }];
    body.failed_indices = 1;
  });
  wire.on(/_field_caps/, silent, FOREVER);
  const report = await run();
  expect(report.outcome).toBe('incomplete');
  expect(report.findings.filter(({ severity }) => severity === 'blocking')).toMatchObject([{ index: old }]);
  expect(await fixture.left(old)).toEqual(['old']);
  expect(await fixture.left(mixed)).toEqual(['live']);
});
