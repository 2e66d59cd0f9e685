import { randomUUID } from 'node:crypto';
import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, onTestFinished, test } from 'vitest';
import { backfillDates } from '../../../../lib/maintenance/backfill-dates.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { portsAt } from '../../../support/purge/ports-at.ts';
import {
  daysAgo,
  type NewIndex,
  NOW,
  PROPERTIES,
  type PurgeFixture,
  purgeFixture,
} from '../../../support/purge/purge-fixture.ts';
import { madeOnce } from '../../../support/run/made-once.ts';
import { type AdvisedRequest, requestsIn } from '../../fixes/follow-advice.ts';

const AT = Date.parse(daysAgo(1));
const UNDATED = { uin: '1', n: '007' };

const backfillIn = ({ client, policy, category }: PurgeFixture, index?: string, dryRun = false) => {
  const ports = portsAt(client, policy, { timeout: () => 30_000, firstWait: 20 }, () => NOW);
  const order = { ingestedAt: AT, ...(index !== undefined && { index }) };
  return backfillDates({ runId: randomUUID(), dryRun, policy, category }, ports, order);
};

/** An index of the category, made as the test says, with one document that nothing dates. */
const odd = async (body: Omit<estypes.IndicesCreateRequest, 'index'>, document: object = UNDATED) => {
  const fixture = purgeFixture();
  const index = `${fixture.id}-odd`;
  await fixture.client.indices.create({
    index,
    settings: { number_of_replicas: 0, ...body.settings },
    mappings: { properties: PROPERTIES, ...body.mappings },
  });
  await fixture.client.index({ index, id: 'a', document, refresh: true });
  const source = async () => (await fixture.client.get<Record<string, unknown>>({ index, id: 'a' }))._source;
  const version = async () => (await fixture.client.get({ index, id: 'a' }))._version;
  return { fixture, index, source, version };
};

const withPipeline = async ({ client, id }: PurgeFixture) => {
  const name = `case-${id}`;
  const processors = [
    { set: { field: 'event.ingested', value: '2020-01-01T00:00:00Z' } },
    { set: { field: 'x', value: 1 } },
  ];
  await client.ingest.putPipeline({ id: name, processors });
  onTestFinished(() => void client.ingest.deletePipeline({ id: name }, { ignore: [400, 404] }));
  return name;
};

describe('an index in which a backfill would change more than the date', () => {
  const ROWS: readonly (readonly [string, Partial<NewIndex>, string])[] = [
    ['_source is off', { source: { enabled: false } }, '_source is disabled'],
    ['_source leaves fields out', { source: { excludes: ['uin'] } }, '_source.excludes'],
    ['_source holds some fields only', { source: { includes: ['n'] } }, '_source.includes'],
    ['it is blocked', {}, 'index.blocks.write'],
    [
      'the format of the field takes no instant',
      { properties: { event: { properties: { ingested: { type: 'date', format: 'yyyy-MM-dd' } } } } },
      'the format yyyy-MM-dd',
    ],
    [
      'the field is no date',
      { properties: { event: { properties: { ingested: { type: 'keyword' } } } } },
      '"event.ingested" mapped as keyword',
    ],
  ];
  const once = madeOnce(async () => {
    const fixture = purgeFixture({ template: false });
    const { client } = fixture;
    const indices = await fixture.createIndices(
      ROWS.map(([, body], at) => ({ suffix: `odd-${at}`, documents: { a: UNDATED }, ...body })),
    );
    const blocked = ROWS.flatMap(([, , found], at) => (found === 'index.blocks.write' ? [`${indices[at]}`] : []));
    await client.indices.addBlock({ index: blocked.join(), block: 'write' });
    const ordinary = await fixture.createIndex('ordinary', { b: UNDATED });
    const versions = () => Promise.all(indices.map(async (index) => (await client.get({ index, id: 'a' }))._version));
    const before = await versions();
    const dry = await backfillIn(fixture, undefined, true);
    const real = await backfillIn(fixture);
    return { fixture, indices, ordinary, dry, real, before, after: await versions() };
  });

  test.each(ROWS.map(([name, , found], at) => [name, found, at] as const))(
    'is named, and not changed: %s',
    (_, found, at) => {
      const { indices, dry, real, before, after } = once();
      const index = indices[at];
      for (const { obstacles } of [dry, real])
        expect(obstacles.filter((each) => each.index === index)).toMatchObject([
          { code: 'not-dated', found: expect.stringContaining(found) },
        ]);
      expect(after[at]).toBe(before[at]);
    },
  );

  test('does not keep another index from being dated', async () => {
    const { fixture, ordinary, dry, real } = once();
    const odd = ROWS.length;
    expect(dry).toMatchObject({ undatable: odd + 1, datable: 1, dated: 0, left: odd + 1 });
    expect(real).toMatchObject({ undatable: odd + 1, datable: 1, dated: 1, left: odd });
    for (const { obstacles } of [dry, real]) expect(obstacles).toHaveLength(odd);
    expect((await fixture.client.count({ index: ordinary, q: 'event.ingested:*' })).count).toBe(1);
  });

  test.each<[string, estypes.MappingProperty]>([
    ['one other field', { type: 'date', copy_to: 'last' }],
    ['two other fields', { type: 'date', format: 'epoch_second||strict_date_optional_time', copy_to: ['last', 'uin'] }],
  ])('is not changed if the date would be copied into %s', async (_, ingested) => {
    const last = { type: 'date' } as const;
    const { fixture, index, version } = await odd({
      mappings: { properties: { ...PROPERTIES, last, event: { properties: { ingested } } } },
    });
    const before = await version();
    const { obstacles } = await backfillIn(fixture);
    expect(obstacles).toMatchObject([{ index, code: 'not-dated', found: expect.stringContaining('copy_to "last"') }]);
    expect(await version()).toBe(before);
    const [advised, ...others] = requestsIn(obstacles[0]?.fix ?? '');
    expect(others).toEqual([]);
    await fixture.client.transport.request(advised as Required<AdvisedRequest>);
    expect(await backfillIn(fixture)).toMatchObject({ obstacles: [], dated: 1, left: 0 });
    expect((await fixture.client.count({ index, q: 'last:*' })).count).toBe(0);
  });

  test('is dated after its final pipeline is removed, as the fix says', async () => {
    const { fixture, index, source, version } = await odd({});
    const pipeline = await withPipeline(fixture);
    await fixture.client.indices.putSettings({ index, settings: { 'index.final_pipeline': pipeline } });
    const { obstacles, dated, left } = await backfillIn(fixture);
    expect([dated, left, await version()]).toEqual([0, 1, 1]);
    const [, path = '', body = ''] = /PUT (\/\S+) (\{.*?\})/.exec(obstacles[0]?.fix ?? '') ?? [];
    await fixture.client.transport.request({ method: 'PUT', path, body: JSON.parse(body) });
    expect(await backfillIn(fixture)).toMatchObject({ dated: 1, left: 0, obstacles: [] });
    expect(await source()).toEqual({ ...UNDATED, event: { ingested: isoInstant(AT) } });
  });

  test('is dated after its block is lifted, as the fix says', async () => {
    const { fixture, index } = await odd({});
    await fixture.client.indices.addBlock({ index, block: 'write' });
    const [, path = '', body = ''] =
      /PUT (\/\S+) (\{.*?\})/.exec((await backfillIn(fixture)).obstacles[0]?.fix ?? '') ?? [];
    await fixture.client.transport.request({ method: 'PUT', path, body: JSON.parse(body) });
    expect(await backfillIn(fixture)).toMatchObject({ dated: 1, left: 0, obstacles: [] });
  });
});

test('a backfill skips a default pipeline that would write another date', async () => {
  const { fixture, index, source } = await odd({});
  const pipeline = await withPipeline(fixture);
  await fixture.client.indices.putSettings({ index, settings: { 'index.default_pipeline': pipeline } });
  expect(await backfillIn(fixture)).toMatchObject({ dated: 1, notTaken: 0, left: 0 });
  expect(await source()).toEqual({ ...UNDATED, event: { ingested: isoInstant(AT) } });
});

test('a document with synthetic _source keeps its content and gets the date', async () => {
  const document = { uin: ['2', '1', '2'], n: '007', list: [], nothing: null };
  const { fixture, source } = await odd({ settings: { 'index.mapping.source.mode': 'synthetic' } }, document);
  const before = await source();
  expect(await backfillIn(fixture)).toMatchObject({ dated: 1, left: 0, obstacles: [] });
  expect(await source()).toEqual({ ...before, event: { ingested: expect.anything() } });
});

test('a backfill keeps a required routing value', async () => {
  const fixture = purgeFixture();
  const index = `${fixture.id}-routed`;
  await fixture.client.indices.create({ index, mappings: { properties: PROPERTIES, _routing: { required: true } } });
  await fixture.client.index({ index, id: 'a', routing: 'r', document: UNDATED, refresh: true });
  expect(await backfillIn(fixture)).toMatchObject({ dated: 1, left: 0 });
  expect((await fixture.client.get({ index, id: 'a', routing: 'r' }))._version).toBe(2);
});

describe('a backfill', () => {
  const FORMATS = [
    'strict_date_optional_time',
    'date_time',
    'epoch_millis',
    'epoch_second',
    'epoch_second||epoch_millis',
    'yyyy-MM-dd||epoch_millis',
    'yyyy/MM/dd||strict_date_optional_time_nanos',
  ];
  const TIMESTAMPS = [
    ['never', 9223372036854775807n],
    ['a year beyond all formats', 9_000_000_000_000_000n],
    ['long before 1970', -9223372036854775807n],
  ] as const;

  const once = madeOnce(async () => {
    const fixture = purgeFixture();
    const formats = await fixture.createIndices(
      FORMATS.map((format, at) => ({
        suffix: `format-${at}`,
        documents: { a: UNDATED },
        properties: { event: { properties: { ingested: { type: 'date', format } } } },
      })),
    );
    const odd = await fixture.createIndex('odd');
    const body = TIMESTAMPS.map(([, at]) => `{"index":{}}\n{"@timestamp": ${at}, "uin": "1"}\n`).join('');
    await fixture.client.transport.request(
      { method: 'POST', path: `/${odd}/_bulk?refresh=true`, body },
      { headers: { 'content-type': 'application/x-ndjson' } },
    );
    const backfilled = await backfillIn(fixture);
    const { hits } = await fixture.client.search<{ '@timestamp'?: number }>({
      index: `${fixture.id}-*`,
      size: 100,
      docvalue_fields: [{ field: 'event.ingested', format: 'epoch_millis' }],
    });
    return { formats, odd, backfilled, hits: hits.hits };
  });

  test('dates every undatable document', () => {
    const all = FORMATS.length + TIMESTAMPS.length;
    expect(once().backfilled).toMatchObject({ undatable: all, dated: all, notTaken: 0, left: 0, obstacles: [] });
  });

  test.each(FORMATS)('writes a date in a form that the format %s accepts, to the millisecond', (format) => {
    const { formats, hits } = once();
    const found = hits.filter(({ _index }) => _index === formats[FORMATS.indexOf(format)]);
    expect(found.map(({ fields }) => fields?.['event.ingested'])).toEqual([[`${AT}`]]);
  });

  test.each(TIMESTAMPS)('dates a document whose timestamp means %s', (_, timestamp) => {
    const { odd, hits } = once();
    const found = hits.filter(({ _index, _source }) => _index === odd && _source?.['@timestamp'] === Number(timestamp));
    expect(found.map(({ fields }) => fields?.['event.ingested'])).toEqual([[`${AT}`]]);
  });
});

/** One index that does not take what the others take never keeps these from being dated. */
describe('an index that rejects the date', () => {
  const between = async (
    mappings: estypes.MappingTypeMapping,
    document: object,
    settings: estypes.IndicesIndexSettings = {},
  ) => {
    const fixture = purgeFixture();
    const mm = `${fixture.id}-mm`;
    // Before the others, with which the fixture makes a template that maps every field.
    await fixture.client.indices.create({ index: mm, mappings, settings });
    await fixture.createIndex('aa', { a: UNDATED });
    await fixture.createIndex('zz', { z: UNDATED });
    await fixture.client.index({ index: mm, id: 'odd', document, refresh: true });
    return { fixture, mm };
  };
  const timestamp = { '@timestamp': { type: 'date' } } as const;

  describe('because event is not mapped as an object', () => {
    const ROWS = [
      ['keyword', 'mapped as keyword', { event: '9007199254740993' }],
      ['text', 'mapped as text', { event: '9007199254740993' }],
      ['flattened', 'mapped as flattened', { event: { kind: '9007199254740993' } }],
      ['nested', 'a nested object', { event: [{ kind: '9007199254740993' }] }],
    ] as const;
    const once = madeOnce(async () => {
      const fixture = purgeFixture({ template: false });
      const odd = ROWS.map(([type, , document]) => ({
        suffix: `mm-${type}`,
        mappings: { properties: { ...timestamp, event: { type } } },
        documents: { odd: document },
      }));
      await fixture.createIndices([
        { suffix: 'aa', documents: { a: UNDATED } },
        { suffix: 'zz', documents: { z: UNDATED } },
        ...odd,
      ]);
      const dry = await backfillIn(fixture, undefined, true);
      return { id: fixture.id, dry, real: await backfillIn(fixture) };
    });

    test.each(ROWS)('is also named by a dry run: event is %s', (type, found) => {
      const { id, dry, real } = once();
      const index = `${id}-mm-${type}`;
      const obstacle = {
        index,
        code: 'not-dated',
        found: `"event.ingested" not indexed, inside "event", which is ${found}`,
      };
      for (const { obstacles } of [dry, real])
        expect(obstacles.filter((each) => each.index === index)).toMatchObject([obstacle]);
    });

    test('does not keep the others from being dated', () => {
      const { dry, real } = once();
      expect(dry).toMatchObject({ datable: 2, dated: 0, notTaken: 0, left: 2 + ROWS.length });
      expect(real).toMatchObject({ datable: 2, dated: 2, notTaken: 0, left: ROWS.length });
      for (const { obstacles } of [dry, real]) expect(obstacles).toHaveLength(ROWS.length);
    });
  });

  test('is dated after its limit of fields is raised, as the fix says', async () => {
    const settings = { 'index.mapping.total_fields.limit': 2 };
    const { fixture, mm } = await between(
      { dynamic: false, properties: { ...timestamp, uin: { type: 'keyword' } } },
      UNDATED,
      settings,
    );
    const backfilled = await backfillIn(fixture);
    expect(backfilled).toMatchObject({
      dated: 2,
      left: 1,
      obstacles: [
        {
          index: mm,
          found: expect.stringContaining('Limit of total fields'),
          fix: expect.stringContaining('index.mapping.total_fields.limit'),
        },
      ],
    });
    await fixture.client.indices.putSettings({ index: mm, settings: { 'index.mapping.total_fields.limit': 100 } });
    expect(await backfillIn(fixture)).toMatchObject({ dated: 1, left: 0, obstacles: [] });
  });

  test('has its other documents dated, and those that its mapping rejects are counted', async () => {
    const { fixture, mm } = await between({ dynamic: false, properties: timestamp }, { secret: '9007199254740993' });
    await fixture.add(mm, { a: { '@timestamp': daysAgo(1) }, b: {}, c: {} });
    await fixture.client.indices.putMapping({ index: mm, dynamic: 'strict' });
    const backfilled = await backfillIn(fixture);
    expect(backfilled).toMatchObject({
      undatable: 5,
      dated: 4,
      notTaken: 0,
      left: 1,
      obstacles: [{ index: mm, code: 'not-dated', found: '1 failed: strict_dynamic_mapping_exception' }],
    });
    expect(JSON.stringify(backfilled)).not.toContain('9007199254740993');
  });

  test.each([1, 3])('keeps a list of %s in event, and gets the date beside the list', async (length) => {
    const list = Array.from({ length }, (_, kind) => ({ kind }));
    const { fixture, mm } = await between({ properties: PROPERTIES }, { event: list });
    expect(await backfillIn(fixture)).toMatchObject({ dated: 3, notTaken: 0, left: 0, obstacles: [] });
    expect((await fixture.client.get({ index: mm, id: 'odd' }))._source).toEqual({
      event: list,
      'event.ingested': isoInstant(AT),
    });
  });

  test('is dated once event is an object instead of a single value', async () => {
    const { fixture, mm } = await between({ dynamic: false, properties: timestamp }, { event: '9007199254740993' });
    const backfilled = await backfillIn(fixture);
    expect(backfilled).toMatchObject({
      dated: 2,
      left: 1,
      obstacles: [
        { index: mm, found: expect.stringContaining('1 with a single value where "event.ingested" needs an object') },
      ],
    });
    expect(JSON.stringify(backfilled)).not.toContain('9007199254740993');
    await fixture.add(mm, { odd: { event: { name: 'started' } } });
    expect(await backfillIn(fixture)).toMatchObject({ dated: 1, left: 0, obstacles: [] });
  });

  describe('an object in place of the date', () => {
    const ROWS = [
      ['nested', { event: { ingested: { by: 'a shipper' } } }],
      ['dotted', { 'event.ingested': { by: 'a shipper' } }],
      ['listed', { event: { ingested: [[{ by: 'a shipper' }]] } }],
    ] as const;
    const once = madeOnce(async () => {
      const fixture = purgeFixture({ template: false });
      const mappings = { dynamic: false, properties: timestamp } as const;
      await fixture.createIndices([
        { suffix: 'aa', documents: { a: UNDATED } },
        { suffix: 'zz', documents: { z: UNDATED } },
        ...ROWS.map(([name, odd]) => ({ suffix: `mm-${name}`, mappings, documents: { odd } })),
      ]);
      return { fixture, backfilled: await backfillIn(fixture) };
    });

    test.each(ROWS)('is not overwritten: %s', async (name, document) => {
      const { fixture, backfilled } = once();
      const index = `${fixture.id}-mm-${name}`;
      expect(backfilled).toMatchObject({ dated: 2, left: ROWS.length });
      expect(backfilled.obstacles.filter((each) => each.index === index)).toMatchObject([
        { found: expect.stringContaining('an object in its place') },
      ]);
      expect((await fixture.client.get({ index, id: 'odd' }))._source).toEqual(document);
    });
  });
});

describe('backfill with the name of an index', () => {
  test('writes and counts only in that index', async () => {
    const fixture = purgeFixture();
    const one = await fixture.createIndex('1', { a: UNDATED, b: UNDATED });
    await fixture.createIndex('2', { c: UNDATED });
    expect(await backfillIn(fixture, one)).toMatchObject({ undatable: 2, dated: 2, left: 0 });
    expect(await backfillIn(fixture)).toMatchObject({ undatable: 1, dated: 1, left: 0 });
  });

  describe('that is not one of the category', () => {
    const once = madeOnce(async () => {
      const fixture = purgeFixture();
      await fixture.createIndex('1', { a: UNDATED }, { aliases: { [`${fixture.id}-alias`]: {} } });
      return fixture;
    });

    test.each(['elsewhere', '*', 'alias'])('is refused: the name is %s', async (name) => {
      await expect(backfillIn(once(), `${once().id}-${name}`)).rejects.toMatchObject({ code: 'no-such-index' });
      expect(await backfillIn(once(), undefined, true)).toMatchObject({ undatable: 1 });
    });
  });
});

describe('vectors of a document', () => {
  const DOCUMENT = { ...UNDATED, v: [0.1, 0.2, 0.3] };
  const mappings = { properties: { ...PROPERTIES, v: { type: 'dense_vector', dims: 3 } } } as const;
  const included: object = { 'index.mapping.exclude_source_vectors': false };
  /** Elasticsearch 9 leaves vectors out of _source if no setting says otherwise. */
  const mayExclude = async ({ client }: ReturnType<typeof purgeFixture>): Promise<boolean> =>
    !(await client.info()).version.number.startsWith('8');

  test('prevent the index from being dated if they are outside _source', async ({ skip }) => {
    const { fixture, version } = await odd({ mappings }, DOCUMENT);
    skip(!(await mayExclude(fixture)), 'Elasticsearch 8 keeps vectors in _source');
    const found = expect.stringContaining('index.mapping.exclude_source_vectors');
    expect(await backfillIn(fixture)).toMatchObject({ obstacles: [{ code: 'not-dated', found }] });
    expect(await version()).toBe(1);
  });

  test('do not prevent the index from being dated if they are in _source by default', async ({ skip }) => {
    const { fixture, version } = await odd({ mappings }, DOCUMENT);
    skip(await mayExclude(fixture), 'Elasticsearch 9 leaves vectors out of _source');
    expect(await backfillIn(fixture)).toMatchObject({ obstacles: [] });
    expect(await version()).toBe(2);
  });

  test('are the same after the index is dated if a setting keeps them in _source', async ({ skip }) => {
    const { fixture } = await odd({ mappings }, DOCUMENT);
    skip(!(await mayExclude(fixture)), 'Elasticsearch 8 has no such setting');
    const whole = await odd({ mappings, settings: included }, DOCUMENT);
    expect(await backfillIn(whole.fixture)).toMatchObject({ dated: 1, obstacles: [] });
    expect(await whole.source()).toMatchObject(DOCUMENT);
  });
});
