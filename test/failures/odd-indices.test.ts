import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { daysAgo, NOW, ofIndex, purgeFixture } from '../support/purge/purge-fixture.ts';
import { madeOnce } from '../support/run/made-once.ts';
import { type Fault, openWire, reset, rewrites, timesOut } from '../support/server/faulty-connection.ts';

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
describe('an index with one odd document', () => {
  const ROWS: readonly (readonly [string, estypes.MappingProperty, string])[] = [
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
  ];
  const isInReach = (property: estypes.MappingProperty): boolean => property.type === 'date' && !('format' in property);
  const once = madeOnce(async () => {
    const fixture = purgeFixture();
    const indices = await fixture.createIndices(
      ROWS.map(([, property], at) => ({ suffix: `odd-${at}`, properties: { '@timestamp': property } })),
    );
    const taken = await Promise.all(
      ROWS.map(async ([, property, value], at) => {
        const index = `${indices[at]}`;
        const operations = ['{"index":{"_id":"odd"}}', withTimestamp(value)];
        // A server that takes no such document (8.19 refuses some) has nothing to stumble over.
        if ((await fixture.client.bulk({ index, operations, refresh: true })).errors) return false;
        if (isInReach(property)) await fixture.add(index, { old: OLD, live: LIVE });
        return true;
      }),
    );
    const normal = await fixture.createIndex('normal', { old: OLD, live: LIVE });
    const report = await fixture.runPurge();
    return { indices, taken, normal, report, left: await fixture.leftInAll() };
  });

  test.for(ROWS.map(([name], at) => [name, at] as const))(
    'keeps that document and counts it as undatable: %s',
    ([, at], { skip }) => {
      const { indices, taken, report, left } = once();
      skip(!taken[at], 'the server does not accept such a document');
      const index = `${indices[at]}`;
      const inReach = isInReach(ROWS[at]?.[1] ?? { type: 'date' });
      expect(ofIndex(report, index)).toMatchObject({
        documentsRemoved: inReach ? 1 : 0,
        dueAfter: 0,
        undatableAfter: 1,
      });
      expect(left.get(index)).toEqual(inReach ? ['live', 'odd'] : ['odd']);
    },
  );

  test('does not stop the purge of another index', () => {
    const { normal, taken, report, left } = once();
    const undatable = taken.filter(Boolean).length;
    expect(undatable).toBeGreaterThan(0);
    expect(report).toMatchObject({ outcome: 'incomplete', found: { due: 0, undatable }, oldestAt: daysAgo(1) });
    expect(left.get(normal)).toEqual(['live']);
  });
});

test('documents with a strict date format are purged even if the sum of their dates exceeds year 9999', async () => {
  const fixture = purgeFixture();
  const strict = { properties: { '@timestamp': { type: 'date', format: 'strict_date_time' } } } as const;
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`old-${at}`, OLD]));
  const index = await fixture.createIndex('strict', { ...many, live: LIVE }, strict);
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 300 });
  expect(await fixture.left(index)).toEqual(['live']);
});

describe('an index that spoils the answers of others', () => {
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
  ] as const)('is named, and the others are purged, when %s', async (_, fault, found) => {
    const { fixture, wire, odd, run } = await withOdd();
    wire.on(/_msearch/, (send, body) => (body.includes(odd) ? fault(send, body) : send()), FOREVER);
    const report = await run();
    expect(report).toMatchObject({ outcome: 'incomplete', documentsRemoved: 4 });
    expect(report.findings).toContainEqual(
      expect.objectContaining({ code: 'unanswered', index: odd, found: expect.stringContaining(found) }),
    );
    expect(await fixture.left(odd)).toEqual(['live', 'old']);
  });

  test('a run fails if the server answers no count', async () => {
    const { wire, run } = await withOdd();
    wire.on(/_msearch/, reset, FOREVER);
    await expect(run()).rejects.toThrow('no-server');
    expect(wire.sent(/_msearch/).length).toBeLessThan(80);
  });
});

describe('a setting that could prevent a purge', () => {
  test('does not stop a purge if it is a small max_result_window', async () => {
    const fixture = purgeFixture();
    const settings = { max_result_window: 7 };
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`old-${at}`, OLD]));
    const index = await fixture.createIndex('small', { ...many, live: LIVE }, { settings });
    expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 50 });
    expect((await fixture.client.count({ index })).count).toBe(1);
  });

  describe('that waits for copies of an index', () => {
    const ONE_MISSES = { 'index.number_of_replicas': 1 };
    const ROWS: readonly (readonly [string, object, boolean])[] = [
      ['all, and one is missing', { ...ONE_MISSES, 'index.write.wait_for_active_shards': 'all' }, false],
      ['two, and one is missing', { ...ONE_MISSES, 'index.write.wait_for_active_shards': '2' }, false],
      ['all, and all are there', { 'index.write.wait_for_active_shards': 'all' }, true],
      ['one, and another is missing', { ...ONE_MISSES, 'index.write.wait_for_active_shards': 1 }, true],
    ];
    const once = madeOnce(async () => {
      const fixture = purgeFixture();
      const indices = await fixture.createIndices(
        ROWS.map((_, at) => ({ suffix: `copies-${at}`, documents: { old: OLD } })),
      );
      const mixed = await fixture.createIndex('mixed', { old: OLD, live: LIVE });
      const two = { ...ONE_MISSES, 'index.write.wait_for_active_shards': '2' };
      await fixture.client.indices.putSettings({ index: mixed, settings: two });
      for (const [at, [, settings]] of ROWS.entries())
        await fixture.client.indices.putSettings({ index: `${indices[at]}`, settings });
      const report = await fixture.runPurge();
      const left = await fixture.leftInAll();
      return { indices, mixed, report, left, next: await fixture.runPurge() };
    });

    test('leaves no due document in the index', () => {
      const { mixed, report } = once();
      expect(ofIndex(report, mixed)).toMatchObject({ documentsRemoved: 1, dueAfter: 0, findings: [] });
    });

    test.each(ROWS.map(([name, , goes], at) => [name, goes, at] as const))(
      'lets a fully expired index be emptied or dropped, without a finding: %s',
      (_, goes, at) => {
        const { indices, report, left } = once();
        const index = `${indices[at]}`;
        const found = goes ? 'gone' : 'there';
        expect(ofIndex(report, index)).toMatchObject({ documentsRemoved: 1, found, findings: [] });
        expect(left.get(index)).toEqual(goes ? undefined : []);
      },
    );

    test('lets the run end as complete', () => {
      const { report, next } = once();
      const documentsRemoved = ROWS.length + 1;
      expect(report).toMatchObject({ outcome: 'complete', documentsRemoved, indicesDropped: 2 });
      expect(next).toMatchObject({ outcome: 'complete', kept: true });
    });
  });
});

test('documents that a deletion removes before a conflict are counted as deleted', async () => {
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

test('documents removed by deletions that all end in a conflict are counted as deleted', async () => {
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
