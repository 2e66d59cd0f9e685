import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { DAY } from '../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../lib/policy/time/instant.ts';
import { type ErasureFixture, erasureFixture } from '../../support/erasure-fixture.ts';
import { NOW } from '../../support/purge-fixture.ts';

const HOUR = DAY / 24;
/** Ten o'clock of a day, so that this day and its month begin before and end after. */
const ENDED = NOW - 4 * DAY - ((NOW - 4 * DAY) % DAY) + 10 * HOUR;
const BEFORE = isoInstant(ENDED - 40 * DAY);
const AFTER = isoInstant(ENDED + HOUR);
const of = (timestamp: unknown, more: object = {}) => ({ uin: '42', sdkAppId: '1', '@timestamp': timestamp, ...more });
const day = (instant: number) => isoInstant(instant).slice(0, 10);
const month = (instant: number) => isoInstant(instant).slice(0, 7);
const minute = (instant: number) => isoInstant(instant).slice(0, 16);
const ingested = (property: estypes.MappingProperty) => ({ event: { properties: { ingested: property } } });

/** Runs twice after the end of a feature: which documents are left. */
const leftIn = async (fixture: ErasureFixture, index: string) => {
  await fixture.tell('feature-terminated', { uin: '42' }, ENDED);
  await fixture.runPurge({ clock: () => NOW - HOUR });
  const report = await fixture.runPurge();
  return { left: await fixture.left(index), report };
};

describe('the end of a feature', () => {
  const coarse = {
    day: of(day(ENDED)),
    month: of(month(ENDED)),
    year: of(isoInstant(ENDED).slice(0, 4)),
    minute: of(minute(ENDED)),
    'two-days': of([day(ENDED - 2 * DAY), day(ENDED)]),
    ingested: of(BEFORE, { event: { ingested: day(ENDED) } }),
    'old-day': of(day(ENDED - DAY)),
    'old-days': of([day(ENDED - 2 * DAY), day(ENDED - DAY)]),
    'old-month': of(month(ENDED - 32 * DAY)),
    'old-minute': of(minute(ENDED - 60_000)),
    exact: of(isoInstant(ENDED)),
    millis: of(ENDED),
    others: { ...of(BEFORE), uin: '9' },
  };
  const kept = ['day', 'ingested', 'minute', 'month', 'others', 'two-days', 'year'];

  test('takes no document whose coarse date ends after it', async () => {
    const fixture = erasureFixture();
    const { left } = await leftIn(fixture, await fixture.createIndex('coarse', coarse));
    expect(left).toEqual(kept);
  });

  test('takes no document that may be dated coarsely, where _source is lost', async () => {
    const fixture = erasureFixture();
    const { exact: _, millis: __, ...rest } = coarse;
    const more = { ...rest, exact: of(isoInstant(ENDED - 1)), millis: of(ENDED - 61_001) };
    const index = await fixture.createIndex('lost', more, { source: { enabled: false } });
    // A whole minute may be the start of an hour in some zone.
    expect((await leftIn(fixture, index)).left).toEqual([...kept, 'old-minute'].sort());
  });

  test.each<[string, string, string]>([
    ['yyyy-MM-dd', day(ENDED), day(ENDED - DAY)],
    ['yyyy-MM', month(ENDED), month(ENDED - 32 * DAY)],
    ['yyyy', `${new Date(ENDED).getUTCFullYear()}`, `${new Date(ENDED).getUTCFullYear() - 1}`],
    ['yyyy-MM-dd HH', `${day(ENDED)} 10`, `${day(ENDED)} 09`],
  ])('counts a date in the format %s to its end', async (format, late, early) => {
    const fixture = erasureFixture();
    const properties = { '@timestamp': { type: 'date', format } } as const;
    const documents = { late: of(late), early: of(early), others: { ...of(early), uin: '9' } };
    const { left } = await leftIn(fixture, await fixture.createIndex('format', documents, { properties }));
    expect(left).toEqual(['late', 'others']);
  });

  test.each<[string, Record<string, estypes.MappingProperty>]>([
    ['with a null_value', { '@timestamp': { type: 'date', null_value: '2020-01-01' } }],
    ['that another is copied into', { made: { type: 'date', copy_to: '@timestamp' } }],
    ['that is an alias', { made: { type: 'date' }, '@timestamp': { type: 'alias', path: 'made' } }],
    ['in nanoseconds', { '@timestamp': { type: 'date_nanos', null_value: '2020-01-01' } }],
  ])('takes no document that is dated later by a field %s', async (what, properties) => {
    const fixture = erasureFixture();
    const index = await fixture.createIndex('veto', {}, { properties });
    const name = what === 'that is an alias' ? 'made' : '@timestamp';
    const dated = (at: string) => ({ uin: '42', sdkAppId: '1', [name]: at });
    await fixture.add(index, { late: dated(AFTER), day: dated(day(ENDED)), early: dated(BEFORE) });
    await fixture.add(index, { others: { ...dated(BEFORE), uin: '9' } });
    expect((await leftIn(fixture, index)).left).toEqual(['day', 'late', 'others']);
  });

  const keyword = { type: 'keyword' } as const;
  const noValues = { type: 'date', doc_values: false } as const;
  test.each<[string, Record<string, estypes.MappingProperty>, string]>([
    ['text', { '@timestamp': { type: 'text' } }, 'timestamp-mapping'],
    ['keyword', { '@timestamp': keyword }, 'timestamp-mapping'],
    ['a date without doc values', { '@timestamp': noValues }, 'timestamp-mapping'],
    ['an ingestion of type keyword', ingested(keyword), 'ingested-mapping'],
    ['an ingestion without doc values', ingested(noValues), 'ingested-mapping'],
    [
      'a nested ingestion',
      { event: { type: 'nested', properties: { ingested: { type: 'date' } } } },
      'ingested-mapping',
    ],
  ])('takes nothing where a date is hidden: %s', async (_, properties, code) => {
    const fixture = erasureFixture();
    const index = await fixture.createIndex('hidden', {}, { properties });
    const stamps = { '@timestamp': AFTER, event: { ingested: AFTER } };
    await fixture.add(index, { late: of(AFTER), both: { ...of(AFTER), ...stamps }, early: of(BEFORE) });
    await fixture.add(index, { deleted: { ...of(AFTER), uin: '43' } });
    await fixture.tell('account-deleted', { uin: '43' });
    const { left, report } = await leftIn(fixture, index);
    expect(left).toEqual(['both', 'early', 'late']);
    expect(report.findings).toContainEqual(expect.objectContaining({ code, severity: 'blocking', index }));
    expect(report.erasures).toMatchObject({ open: 1 });
  });

  test('takes no document whose ingestion lies in a flattened field', async () => {
    const fixture = erasureFixture();
    const index = `${fixture.id}-flat`;
    const mappings = {
      dynamic: false,
      properties: { '@timestamp': { type: 'date' }, event: { type: 'flattened' }, uin: keyword, sdkAppId: keyword },
    } as const;
    await fixture.client.indices.create({ index, mappings });
    await fixture.add(index, { late: of(BEFORE, { event: { ingested: AFTER } }), early: of(BEFORE) });
    await fixture.add(index, { others: { ...of(BEFORE), uin: '9' } });
    expect((await leftIn(fixture, index)).left).toEqual(['late', 'others']);
  });

  test.each<[string, estypes.MappingProperty, string[]]>([
    ['date', { type: 'date' }, ['late', 'others']],
    ['text', { type: 'text' }, ['early', 'late', 'others']],
    ['keyword', { type: 'keyword' }, ['early', 'late', 'others']],
  ])('takes no later document when the field is mapped as %s after the plan', async (_, property, expected) => {
    const fixture = erasureFixture();
    const index = `${fixture.id}-meanwhile`;
    const mappings = {
      dynamic: false,
      properties: { '@timestamp': { type: 'date' }, uin: keyword, sdkAppId: keyword },
    } as const;
    await fixture.client.indices.create({ index, mappings });
    await fixture.add(index, { early: of(BEFORE), others: { ...of(BEFORE), uin: '9' } });
    await fixture.tell('feature-terminated', { uin: '42' }, ENDED);
    let isMapped = false;
    await fixture.runPurge({
      around: (ports) => ({
        ...ports,
        remover: {
          ...ports.remover,
          slices: async (target, criteria) => {
            if (target.name === index && !isMapped) {
              isMapped = true;
              await fixture.client.indices.putMapping({ index, properties: ingested(property) });
              await fixture.add(index, { late: of(BEFORE, { event: { ingested: AFTER } }) });
              await fixture.add(index, { early: of(BEFORE, { event: { ingested: BEFORE } }) });
            }
            return ports.remover.slices(target, criteria);
          },
        },
      }),
    });
    expect(isMapped).toBe(true);
    // Nothing is destroyed by a mapping that is not the one of the plan.
    expect(await fixture.left(index)).toEqual(['early', 'late', 'others']);
    await fixture.runPurge();
    expect(await fixture.left(index)).toEqual(expected);
  });
});

/** It never takes a document for the end of a feature while a date of it that no index knows may be later. */
describe('the end of a feature, and a date that stands in _source alone', () => {
  const DATE = { type: 'date' } as const;
  const KEYWORD = { type: 'keyword' } as const;
  const SHAPE = { '@timestamp': DATE, uin: KEYWORD, sdkAppId: KEYWORD };
  const at = (ingestion: unknown) => of(BEFORE, { event: { ingested: ingestion } });
  const documents = {
    late: at(AFTER),
    dotted: of(BEFORE, { 'event.ingested': AFTER }),
    listed: at([BEFORE, AFTER]),
    millis: at(Date.parse(AFTER)),
    seconds: at(Math.ceil(Date.parse(AFTER) / 1000)),
    day: at(day(ENDED)),
    text: at('a minute ago'),
    early: at(BEFORE),
    'early-list': at([BEFORE, null]),
    'early-day': at(day(ENDED - DAY)),
    none: of(BEFORE),
    others: { ...at(BEFORE), uin: '9' },
  };
  const kept = ['day', 'dotted', 'late', 'listed', 'millis', 'others', 'seconds', 'text'];

  const fill = async (mappings: estypes.MappingTypeMapping, later?: Record<string, estypes.MappingProperty>) => {
    const fixture = erasureFixture();
    const index = `${fixture.id}-unseen`;
    const { properties, ...rest } = mappings;
    await fixture.client.indices.create({ index, mappings: { ...rest, properties: { ...SHAPE, ...properties } } });
    await fixture.add(index, documents);
    if (later) await fixture.client.indices.putMapping({ index, properties: later });
    return { fixture, index };
  };

  test.each<[string, estypes.MappingTypeMapping, Record<string, estypes.MappingProperty>?]>([
    ['under dynamic: false', { dynamic: false }],
    ['in an object with dynamic: false', { properties: { event: { type: 'object', dynamic: false } } }],
    ['in an object that is not enabled', { properties: { event: { type: 'object', enabled: false } } }],
    ['in a nested object', { dynamic: false, properties: { event: { type: 'nested' } } }],
    ['from before its field was mapped', { dynamic: false }, ingested(DATE)],
    ['from before it was mapped as nanoseconds', { dynamic: false }, ingested({ type: 'date_nanos' })],
  ])('keeps what may be later: %s', async (_, mappings, later) => {
    const { fixture, index } = await fill(mappings, later);
    expect((await leftIn(fixture, index)).left).toEqual(kept);
  });

  test.each(['date', 'date_nanos'] as const)('keeps seconds that a %s read as milliseconds', async (type) => {
    const fixture = erasureFixture();
    const index = `${fixture.id}-misread`;
    await fixture.client.indices.create({ index, mappings: { properties: { ...SHAPE, ...ingested({ type }) } } });
    const { seconds, early } = documents;
    const before = at(Math.floor(Date.parse(BEFORE) / 1000));
    await fixture.add(index, { seconds, early, before });
    expect((await leftIn(fixture, index)).left).toEqual(['seconds']);
  });

  test('keeps everything that may have one, where _source is lost', async () => {
    const { fixture, index } = await fill({ dynamic: false, _source: { enabled: false } });
    expect((await leftIn(fixture, index)).left).toEqual(Object.keys(documents).sort());
  });

  test('keeps everything where it lies in no index at all, and _source is lost', async () => {
    const event = { type: 'object', enabled: false } as const;
    const { fixture, index } = await fill({ _source: { enabled: false }, properties: { event } });
    const { left, report } = await leftIn(fixture, index);
    expect(left).toEqual(Object.keys(documents).sort());
    expect(report.findings).toContainEqual(expect.objectContaining({ code: 'ingested-mapping', severity: 'blocking' }));
  });
});

/** It never takes a document for a date of which Elasticsearch has read only a part. */
test.each<[string, Record<string, estypes.MappingProperty>]>([
  ['a field', ingested({ type: 'date', format: 'YYYY-MM-dd' })],
  [
    'an alias of such a field',
    {
      made: { type: 'date', format: 'YYYY-MM-dd' },
      event: { properties: { ingested: { type: 'alias', path: 'made' } } },
    },
  ],
])('the end of a feature takes nothing where a format is read in part: %s', async (what, properties) => {
  const fixture = erasureFixture();
  const index = await fixture.createIndex('part', {}, { properties });
  const late = what === 'a field' ? { event: { ingested: day(ENDED) } } : { made: day(ENDED) };
  await fixture.add(index, { late: of(BEFORE, late), none: of(BEFORE) });
  const { left, report } = await leftIn(fixture, index);
  expect(left).toEqual(['late', 'none']);
  expect(report.findings).toContainEqual(expect.objectContaining({ code: 'ingested-mapping', severity: 'blocking' }));
});

test('an hour of an odd zone counts to its end, where _source is lost', async () => {
  const fixture = erasureFixture();
  const format = "yyyy-MM-dd'T'HHXXX||strict_date_time";
  const properties = { '@timestamp': { type: 'date', format } } as const;
  const index = await fixture.createIndex('zone', {}, { properties, source: { enabled: false } });
  const local = (instant: number) => `${isoInstant(instant + 307 * 60_000).slice(0, 13)}+05:07`;
  const documents = { late: of(local(ENDED)), early: of(local(ENDED - HOUR)), others: { ...of(BEFORE), uin: '9' } };
  await fixture.add(index, documents);
  expect((await leftIn(fixture, index)).left).toEqual(['late', 'others']);
});
