import type { estypes } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { daysAgo, PROPERTIES, type PurgeFixture, purgeFixture } from '../../support/purge-fixture.ts';

const old = { '@timestamp': daysAgo(20) };
const older = { '@timestamp': daysAgo(30) };
const live = { '@timestamp': daysAgo(1) };

type Properties = Record<string, estypes.MappingProperty>;

const putTemplate = ({ client, id }: PurgeFixture, properties: Properties, patterns = [`${id}-*`]) =>
  client.indices.putIndexTemplate({ name: id, index_patterns: patterns, template: { mappings: { properties } } });

const dropTemplate = ({ client, id }: PurgeFixture) =>
  client.indices.deleteIndexTemplate({ name: id }, { ignore: [404] });

const TYPE: Properties = { '@timestamp': { type: 'date' } };
const DATES: Properties = { ...TYPE, event: { properties: { ingested: { type: 'date_nanos' } } } };
const withTimestamp = (property: estypes.MappingProperty) => (fixture: PurgeFixture) =>
  putTemplate(fixture, { ...DATES, '@timestamp': property });

/** The usual fields, and what else a template says. */
const withMore =
  (
    mappings: estypes.MappingTypeMapping,
    settings: estypes.IndicesIndexSettings = {},
    more: Partial<estypes.IndicesPutIndexTemplateRequest> = {},
  ) =>
  ({ client, id }: PurgeFixture) =>
    client.indices.putIndexTemplate({
      name: id,
      index_patterns: [`${id}-*`],
      template: { mappings: { properties: PROPERTIES, ...mappings }, settings },
      ...more,
    });
const OFF: estypes.MappingProperty = { enabled: false, properties: { ingested: { type: 'date' } } };

test('the last index of a pattern without an index template is emptied, and keeps its mapping', async () => {
  const fixture = purgeFixture({ template: false });
  const index = await fixture.createIndex('logs', { old, older });
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'complete', kept: true, documentsRemoved: 2, indicesDropped: 0 });
  expect(report.indices).toMatchObject([{ planned: 'delete', reason: expect.stringContaining('last index of') }]);
  expect(await fixture.left(index)).toEqual([]);
  const [mapped] = Object.values(await fixture.client.indices.getMapping({ index }));
  expect(mapped?.mappings.properties).toMatchObject(TYPE);
});

test('of indices that are all expired, the youngest is the last one', async () => {
  const fixture = purgeFixture({ template: false });
  const youngest = await fixture.createIndex('a', { old });
  const others = [await fixture.createIndex('b', { older }), await fixture.createIndex('c', { older })];
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 3, indicesDropped: 2 });
  expect(await fixture.left(youngest)).toEqual([]);
  expect(await Promise.all(others.map(fixture.left))).toEqual([undefined, undefined]);
});

test('an expired index is dropped where another one of its pattern has younger documents', async () => {
  const fixture = purgeFixture({ template: false });
  const expired = await fixture.createIndex('a', { old });
  const fresh = await fixture.createIndex('b', { live });
  await fixture.runPurge();
  expect(await fixture.left(expired)).toBeUndefined();
  expect(await fixture.left(fresh)).toEqual(['live']);
});

test.each([
  ['an empty one', {}],
  ['one without any date', { undated: {} }],
  ['one with a date that nobody believes', { zero: { '@timestamp': 0 } }],
])('%s beside it makes no index the last but one', async (_, documents) => {
  const fixture = purgeFixture({ template: false });
  const expired = await fixture.createIndex('a', { old });
  await fixture.createIndex('b', documents);
  await fixture.runPurge();
  expect(await fixture.left(expired)).toEqual([]);
});

test.each<[string, (fixture: PurgeFixture) => Promise<unknown>, boolean]>([
  ['that maps both dates', (fixture) => putTemplate(fixture, DATES), true],
  ['that does not map the ingestion', (fixture) => putTemplate(fixture, TYPE), false],
  ['that maps the timestamp as keyword', withTimestamp({ type: 'keyword' }), false],
  ['that maps the timestamp as text', withTimestamp({ type: 'text' }), false],
  ['that does not index the timestamp', withTimestamp({ type: 'date', index: false }), false],
  ['that keeps no doc values of the timestamp', withTimestamp({ type: 'date', doc_values: false }), false],
  [
    'that switches _source off',
    ({ client, id }) => {
      const template = { mappings: { _source: { enabled: false }, properties: PROPERTIES } };
      return client.indices.putIndexTemplate({ name: id, index_patterns: [`${id}-*`], template });
    },
    false,
  ],
  [
    'whose own type stands before that of its component',
    async ({ client, id }) => {
      await client.cluster.putComponentTemplate({ name: id, template: { mappings: { properties: PROPERTIES } } });
      const template = { mappings: { properties: { '@timestamp': { type: 'keyword' as const } } } };
      await client.indices.putIndexTemplate({ name: id, index_patterns: [`${id}-*`], composed_of: [id], template });
    },
    false,
  ],
  ['that maps every field', (fixture) => putTemplate(fixture, PROPERTIES), true],
  ['that maps them in a mapping that is not enabled', withMore({ enabled: false }), false],
  ['that maps one in an object that is not enabled', withMore({ properties: { ...PROPERTIES, event: OFF } }), false],
  ['that has a run-time field before one', withMore({ runtime: { 'event.ingested': { type: 'date' } } }), false],
  ['with a format that is read in part', withTimestamp({ type: 'date', format: 'YYYY-MM-dd' }), false],
  ['with a format that is read', withTimestamp({ type: 'date', format: 'yyyy-MM-dd' }), true],
  [
    'that copies another field into one',
    withMore({ properties: { ...PROPERTIES, made: { type: 'date', copy_to: '@timestamp' } } }),
    false,
  ],
  [
    'that copies what comes into one',
    withMore({ dynamic_templates: [{ a: { match_mapping_type: 'date', mapping: { copy_to: '@timestamp' } } }] }),
    false,
  ],
  ['by which no write makes an index', withMore({}, {}, { allow_auto_create: false }), false],
  ['by which writes make indices', withMore({}, {}, { allow_auto_create: true }), true],
  ['whose index is hidden', withMore({}, { hidden: true }), false],
  [
    'that switches _source off by its mode',
    ({ client, id }) => {
      const template = { mappings: { properties: PROPERTIES, _source: { mode: 'disabled' as const } } };
      return client.indices.putIndexTemplate({ name: id, index_patterns: [`${id}-*`], template });
    },
    false,
  ],
  ['that maps another field only', (fixture) => putTemplate(fixture, { level: { type: 'keyword' } }), false],
  ['that maps nothing', (fixture) => putTemplate(fixture, {}), false],
  ['of another name', (fixture) => putTemplate(fixture, TYPE, [`other-${fixture.id}-*`]), false],
  [
    'that maps it in a component',
    async (fixture) => {
      const { client, id } = fixture;
      await client.cluster.putComponentTemplate({ name: id, template: { mappings: { properties: PROPERTIES } } });
      await client.indices.putIndexTemplate({ name: id, index_patterns: [`${id}-*`], composed_of: [id] });
    },
    true,
  ],
])('the last index goes with an index template %s: %#', async (_, template, goes) => {
  const fixture = purgeFixture({ template: false });
  const index = await fixture.createIndex('logs', { old });
  await template(fixture);
  try {
    const report = await fixture.runPurge();
    expect(report).toMatchObject({ outcome: 'complete', documentsRemoved: 1, indicesDropped: goes ? 1 : 0 });
    expect(await fixture.left(index)).toEqual(goes ? undefined : []);
  } finally {
    await dropTemplate(fixture);
    await fixture.client.cluster.deleteComponentTemplate({ name: fixture.id }, { ignore: [404] });
  }
});

test('a template of a higher priority that maps nothing stands before one that does', async () => {
  const fixture = purgeFixture();
  const index = await fixture.createIndex('logs', { old });
  const name = `high-${fixture.id}`;
  await fixture.client.indices.putIndexTemplate({ name, index_patterns: [`${fixture.id}-l*`], priority: 7 });
  try {
    await fixture.runPurge();
    expect(await fixture.left(index)).toEqual([]);
  } finally {
    await fixture.client.indices.deleteIndexTemplate({ name });
  }
});

test('the index that an alias wrote to before is dropped, although it is the last with documents', async () => {
  const fixture = purgeFixture({ template: false });
  const alias = `writes-${fixture.id}`;
  const rolled = await fixture.createIndex('1', { old }, { aliases: { [alias]: { is_write_index: false } } });
  const written = await fixture.createIndex('2', {}, { aliases: { [alias]: { is_write_index: true } } });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', indicesDropped: 1 });
  expect(await fixture.left(rolled)).toBeUndefined();
  expect(await fixture.left(written)).toEqual([]);
});

test('a last index under a write block is named, and is emptied once the named request has been sent', async () => {
  const fixture = purgeFixture({ template: false });
  const index = await fixture.createIndex('logs', { old });
  await fixture.client.indices.addBlock({ index, block: 'write' });
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'incomplete', indices: [{ planned: 'blocked' }] });
  expect(report.findings).toMatchObject([{ code: 'write-blocked' }]);
  expect(report.findings[0]?.fix).toContain(`PUT /${index}/_settings {"index.blocks.write": null}`);
  await fixture.client.indices.putSettings({ index, settings: { 'index.blocks.write': null } });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 1, indicesDropped: 0 });
});
