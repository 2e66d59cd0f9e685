import type { estypes } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { daysAgo, purgeFixture } from '../../support/purge-fixture.ts';

const old = { '@timestamp': daysAgo(20), uin: '100000000000000000001' };

const named = (index: string, code: string, severity: string, found: string) => ({
  code,
  severity,
  index,
  expected: expect.stringMatching(/\w/),
  found,
  fix: expect.stringMatching(/\w/),
});

test.each<[string, Record<string, estypes.MappingProperty>, string]>([
  ['text', { '@timestamp': { type: 'text' } }, '"@timestamp" mapped as text'],
  ['keyword', { '@timestamp': { type: 'keyword' } }, '"@timestamp" mapped as keyword'],
  ['a date range', { '@timestamp': { type: 'date_range' } }, '"@timestamp" mapped as date_range'],
  [
    'a date that cannot be searched',
    { '@timestamp': { type: 'date', index: false, doc_values: false } },
    '"@timestamp" mapped as date, not searchable, without doc values',
  ],
])('a timestamp mapped as %s is named, and dates nothing', async (type, properties, found) => {
  const fixture = purgeFixture();
  const value = type === 'a date range' ? { gte: daysAgo(20), lt: daysAgo(19) } : daysAgo(20);
  const index = await fixture.createIndex('logs', { old: { '@timestamp': value, uin: '1' } }, { properties });
  const report = await fixture.runPurge();
  expect(report.outcome).toBe('incomplete');
  expect(report.findings[0]).toEqual(named(index, 'timestamp-mapping', 'blocking', found));
  expect(await fixture.left(index)).toEqual(['old']);
});

test.each<[string, estypes.MappingTypeMapping, string]>([
  [
    'an alias',
    { properties: { stamp: { type: 'date', ignore_malformed: true }, '@timestamp': { type: 'alias', path: 'stamp' } } },
    'an alias of another field',
  ],
  [
    'a run-time field',
    { runtime: { '@timestamp': { type: 'date', script: 'emit(0L)' } }, properties: { stamp: { type: 'keyword' } } },
    'a run-time field',
  ],
])('a timestamp that is %s dates nothing, since malformed values are not seen', async (_, mappings, flaw) => {
  const fixture = purgeFixture();
  const index = `${fixture.id}-logs`;
  await fixture.client.indices.create({ index, mappings });
  await fixture.add(index, { doubtful: { stamp: [daysAgo(20), 'yesterday'] } });
  const report = await fixture.runPurge();
  expect(report.findings).toContainEqual(
    named(index, 'timestamp-mapping', 'blocking', `"@timestamp" mapped as date, ${flaw}`),
  );
  expect(await fixture.left(index)).toEqual(['doubtful']);
});

test('an index without a timestamp field is not purged', async () => {
  const fixture = purgeFixture();
  const index = `${fixture.id}-bare`;
  await fixture.client.indices.create({ index, mappings: { properties: { uin: { type: 'keyword' } } } });
  await fixture.add(index, { undated: { uin: '1' } });
  const report = await fixture.runPurge();
  expect(report.outcome).toBe('incomplete');
  expect(report.findings).toContainEqual(expect.objectContaining({ code: 'undatable', index }));
  expect(await fixture.left(index)).toEqual(['undated']);
});

const lowercase: estypes.IndicesIndexSettings = {
  analysis: { normalizer: { small: { type: 'custom', filter: ['lowercase'] } } },
};

test.each<[string, estypes.MappingProperty | undefined]>([
  ['text', { type: 'text' }],
  ['double', { type: 'double' }],
  ['keyword with a normalizer', { type: 'keyword', normalizer: 'small' }],
  ['keyword that cannot be searched', { type: 'keyword', index: false, doc_values: false }],
  ['an object without fields', { type: 'object', enabled: false }],
])('an age rule needs no account: one mapped as %s is not reported', async (type, uin) => {
  const fixture = purgeFixture();
  const account = type.startsWith('an object') ? { id: '1' } : '17';
  await fixture.createIndex(
    'logs',
    { old: { ...old, uin: account }, live: { '@timestamp': daysAgo(1), uin: account } },
    { properties: { ...(uin && { uin }) }, settings: lowercase },
  );
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 1, findings: [] });
});

test.each<[string, string, estypes.MappingProperty, string]>([
  [
    'a timestamp that cannot be searched',
    '@timestamp',
    { type: 'date', index: false, doc_values: false },
    'timestamp-mapping',
  ],
  ['a timestamp without doc values', '@timestamp', { type: 'date', doc_values: false }, 'timestamp-mapping'],
])('%s in one index is named there, and other indices are believed', async (_, field, property, code) => {
  const fixture = purgeFixture();
  const documents = { old, live: { '@timestamp': daysAgo(1) } };
  const right = await fixture.createIndex('right', documents);
  const wrong = await fixture.createIndex('wrong', documents, { properties: { [field]: property } });
  const report = await fixture.runPurge();
  expect(await fixture.left(right)).toEqual(['live']);
  expect(report.findings.filter((finding) => finding.code.endsWith('-mapping'))).toMatchObject([
    { code, index: wrong },
  ]);
  expect(await fixture.left(wrong)).toEqual(['live', 'old']);
});

test('the mapping of each index is judged separately', async () => {
  const fixture = purgeFixture();
  const right = await fixture.createIndex('right', { old });
  const wrong = await fixture.createIndex('wrong', { old }, { properties: { '@timestamp': { type: 'text' } } });
  await fixture.runPurge();
  expect(await fixture.left(right)).toBeUndefined();
  expect(await fixture.left(wrong)).toEqual(['old']);
});
