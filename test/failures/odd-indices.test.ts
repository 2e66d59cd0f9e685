import { describe, expect, test } from 'vitest';
import { type Fault, openWire, reset, rewrites, timesOut } from '../support/faulty-connection.ts';
import { daysAgo, NOW, purgeFixture } from '../support/purge-fixture.ts';

const OLD = { '@timestamp': daysAgo(20) };
const LIVE = { '@timestamp': daysAgo(1) };
const NEVER = '9223372036854775807';
const FOREVER = { times: Number.POSITIVE_INFINITY };

/** Every search of an `_msearch` that is about the odd index fails as a whole. */
const failsItems: Fault = (send, body) =>
  rewrites(({ responses }) => {
    const headers = body.split('\n').filter((_, at) => at % 2 === 0);
    headers.forEach((header, at) => {
      if (header.includes('-odd"')) responses[at] = { error: { type: 'odd_exception', reason: 'odd' }, status: 500 };
    });
  })(send, body);

/** JSON with a number that JavaScript cannot hold. */
const withTimestamp = (value: string): string => `{"@timestamp":${value}}`;

/** Whatever one document holds, the other index is purged, and what nobody can believe stays and is counted. */
describe('one odd document does not stop any command', () => {
  test.each([
    ['the largest long', { type: 'date' }, NEVER],
    ['the largest long beside a good date', { type: 'date' }, `[${NEVER},${NOW}]`],
    ['the smallest long', { type: 'date' }, '-9223372036854775808'],
    ['nanoseconds in a field of milliseconds', { type: 'date' }, '1795845865800802560'],
    ['a date before 1970', { type: 'date' }, '-1'],
    ['a date of the year 1', { type: 'date' }, '"0001-01-01T00:00:00Z"'],
    ['the largest long of date_nanos', { type: 'date_nanos' }, NEVER],
    ['the largest long in a format that cannot print it', { type: 'date', format: 'basic_date||epoch_millis' }, NEVER],
    ['the year 1 beside the largest long', { type: 'date', format: 'strict_hour||epoch_millis' }, `[${NEVER},1]`],
    ['the year 9999', { type: 'date', format: 'strict_date_time' }, '"9999-12-31T23:59:59.999Z"'],
    ['a second of the far future', { type: 'date', format: 'epoch_second' }, '9223372036854775'],
  ] as const)('%s', async (_, property, value) => {
    const fixture = purgeFixture();
    const { client } = fixture;
    const odd = await fixture.createIndex('odd', {}, { properties: { '@timestamp': property } });
    const operations = ['{"index":{"_id":"odd"}}', withTimestamp(value)];
    // A server that takes no such document (8.19 refuses some) has nothing to stumble over.
    if ((await client.bulk({ index: odd, operations, refresh: true })).errors) return;
    const inReach = property.type === 'date' && !('format' in property);
    if (inReach) await fixture.add(odd, { old: OLD, live: LIVE });
    const normal = await fixture.createIndex('normal', { old: OLD, live: LIVE });
    const report = await fixture.runPurge();
    expect(report).toMatchObject({ outcome: 'incomplete', found: { due: 0, undatable: 1 }, oldestAt: daysAgo(1) });
    expect(await fixture.left(normal)).toEqual(['live']);
    expect(await fixture.left(odd)).toEqual(inReach ? ['live', 'odd'] : ['odd']);
  });
});

test('many dates in a strict format are purged, though their sum exceeds year 9999', async () => {
  const fixture = purgeFixture();
  const strict = { properties: { '@timestamp': { type: 'date', format: 'strict_date_time' } } } as const;
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`old-${at}`, OLD]));
  const index = await fixture.createIndex('strict', { ...many, live: LIVE }, strict);
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 300 });
  expect(await fixture.left(index)).toEqual(['live']);
});

describe('an index that spoils answers for others is named, and the others are purged', () => {
  const withOdd = async () => {
    const fixture = purgeFixture();
    const wire = openWire();
    for (const suffix of ['a', 'b', 'c', 'd']) await fixture.createIndex(suffix, { old: OLD, live: LIVE });
    const odd = await fixture.createIndex('odd', { old: OLD, live: LIVE });
    return {
      fixture,
      wire,
      odd,
      run: () => fixture.runPurge({ client: fixture.newClient({ Connection: wire.Connection }) }),
    };
  };

  test.each([
    ['the connection is closed', reset, 'ECONNRESET'],
    ['no answer comes', timesOut, 'none'],
    ['its search fails as a whole', failsItems, 'odd_exception'],
  ] as const)('when %s', async (_, fault, found) => {
    const { fixture, wire, odd, run } = await withOdd();
    wire.on(/_msearch/, (send, body) => (body.includes(odd) ? fault(send, body) : send()), FOREVER);
    const report = await run();
    expect(report).toMatchObject({ outcome: 'incomplete', documentsRemoved: 4 });
    expect(report.findings).toContainEqual(
      expect.objectContaining({ code: 'unanswered', index: odd, found: expect.stringContaining(found) }),
    );
    expect(await fixture.left(odd)).toEqual(['live', 'old']);
  });

  test('a server that answers no count fails the run', async () => {
    const { wire, run } = await withOdd();
    wire.on(/_msearch/, reset, FOREVER);
    await expect(run()).rejects.toThrow('no-server');
    expect(wire.sent(/_msearch/).length).toBeLessThan(80);
  });
});

describe('a setting of an index or cluster does not prevent a purge', () => {
  test('a small max_result_window is respected', async () => {
    const fixture = purgeFixture();
    const settings = { max_result_window: 7 };
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`old-${at}`, OLD]));
    const index = await fixture.createIndex('small', { ...many, live: LIVE }, { settings });
    expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 50 });
    expect((await fixture.client.count({ index })).count).toBe(1);
  });

  test('documents are deleted from an index that waits for more copies than exist', async () => {
    const fixture = purgeFixture();
    const index = await fixture.createIndex('copies', { old: OLD, live: LIVE });
    const settings = { 'index.number_of_replicas': 1, 'index.write.wait_for_active_shards': '2' };
    await fixture.client.indices.putSettings({ index, settings });
    expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
  });

  test.each<[string, object, boolean]>([
    ['all, and one is missing', { 'index.number_of_replicas': 1, 'index.write.wait_for_active_shards': 'all' }, false],
    ['two, and one is missing', { 'index.number_of_replicas': 1, 'index.write.wait_for_active_shards': '2' }, false],
    ['all, and all are there', { 'index.write.wait_for_active_shards': 'all' }, true],
    ['one, and another is missing', { 'index.number_of_replicas': 1, 'index.write.wait_for_active_shards': 1 }, true],
  ])('an expired index that waits for copies is emptied, not blocked: %s', async (_, settings, goes) => {
    const fixture = purgeFixture();
    const index = await fixture.createIndex('copies', { old: OLD });
    await fixture.client.indices.putSettings({ index, settings });
    const report = await fixture.runPurge();
    expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 1, indicesDropped: goes ? 1 : 0 });
    expect(await fixture.left(index)).toEqual(goes ? undefined : []);
    expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', kept: true });
  });
});

test('a deletion with a conflict counts what was deleted before it', async () => {
  const fixture = purgeFixture();
  const wire = openWire();
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`old-${at}`, OLD]));
  const index = await fixture.createIndex('mixed', { ...many, live: LIVE }, { settings: { number_of_shards: 2 } });
  // Not refreshed: the request finds the old version, deletes the others, and ends with 409.
  wire.on(/-mixed\/_delete_by_query/, async (send) => {
    await fixture.add(index, { 'old-7': { '@timestamp': daysAgo(0) } }, false);
    return send();
  });
  const report = await fixture.runPurge({ client: fixture.newClient({ Connection: wire.Connection }) });
  expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 39 });
  expect(await fixture.left(index)).toEqual(['live', 'old-7']);
});

test('deletions that never succeed count what each of them deleted', async () => {
  const fixture = purgeFixture();
  const wire = openWire();
  await fixture.createIndex('mixed', { a: OLD, b: OLD, live: LIVE });
  const aborted = rewrites((body) => Object.assign(body, { version_conflicts: 1, failures: [{ status: 409 }] }));
  wire.on(
    /-mixed\/_delete_by_query/,
    async (send, body) => ({ ...(await aborted(send, body)), statusCode: 409 }),
    FOREVER,
  );
  const report = await fixture.runPurge({ client: fixture.newClient({ Connection: wire.Connection }) });
  expect(report).toMatchObject({ documentsRemoved: 2, found: { due: 0 } });
  expect(report.indices).toMatchObject([{ did: 'deleted', note: expect.stringContaining('conflict') }]);
});
