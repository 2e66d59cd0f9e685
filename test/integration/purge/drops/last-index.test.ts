import type { estypes } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import {
  type Documents,
  daysAgo,
  type NewIndex,
  ofIndex,
  PROPERTIES,
  type PurgeFixture,
  purgeFixture,
} from '../../../support/purge/purge-fixture.ts';
import { madeOnce, whenDone } from '../../../support/run/made-once.ts';

const old = { '@timestamp': daysAgo(20) };
const older = { '@timestamp': daysAgo(30) };
const live = { '@timestamp': daysAgo(1) };

type Properties = Record<string, estypes.MappingProperty>;

/** One pattern of the category, with indices of its own: they begin with the id and a hyphen. */
type Pattern = Pick<PurgeFixture, 'client' | 'id'>;

const putTemplate = ({ client, id }: Pattern, properties: Properties, patterns = [`${id}-*`]) =>
  client.indices.putIndexTemplate({ name: id, index_patterns: patterns, template: { mappings: { properties } } });

const TYPE: Properties = { '@timestamp': { type: 'date' } };
const DATES: Properties = { ...TYPE, event: { properties: { ingested: { type: 'date_nanos' } } } };
const withTimestamp = (property: estypes.MappingProperty) => (pattern: Pattern) =>
  putTemplate(pattern, { ...DATES, '@timestamp': property });

/** The usual fields, and what else a template says. */
const withMore =
  (
    mappings: estypes.MappingTypeMapping,
    settings: estypes.IndicesIndexSettings = {},
    more: Partial<estypes.IndicesPutIndexTemplateRequest> = {},
  ) =>
  ({ client, id }: Pattern) =>
    client.indices.putIndexTemplate({
      name: id,
      index_patterns: [`${id}-*`],
      template: { mappings: { properties: PROPERTIES, ...mappings }, settings },
      ...more,
    });
const OFF: estypes.MappingProperty = { enabled: false, properties: { ingested: { type: 'date' } } };

const TEMPLATES: readonly (readonly [string, (pattern: Pattern) => Promise<unknown>, boolean])[] = [
  ['that maps both dates', (pattern) => putTemplate(pattern, DATES), true],
  ['that does not map the ingestion', (pattern) => putTemplate(pattern, TYPE), false],
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
  ['that maps every field', (pattern) => putTemplate(pattern, PROPERTIES), true],
  ['that maps both dates in a mapping that is not enabled', withMore({ enabled: false }), false],
  ['that maps a date in an object that is not enabled', withMore({ properties: { ...PROPERTIES, event: OFF } }), false],
  ['that has a run-time field over a date', withMore({ runtime: { 'event.ingested': { type: 'date' } } }), false],
  ['with a date format that is read only in part', withTimestamp({ type: 'date', format: 'YYYY-MM-dd' }), false],
  ['with a date format that is read in full', withTimestamp({ type: 'date', format: 'yyyy-MM-dd' }), true],
  [
    'that copies another field into a date',
    withMore({ properties: { ...PROPERTIES, made: { type: 'date', copy_to: '@timestamp' } } }),
    false,
  ],
  [
    'that copies every new date into the timestamp',
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
  ['that maps another field only', (pattern) => putTemplate(pattern, { level: { type: 'keyword' } }), false],
  ['that maps nothing', (pattern) => putTemplate(pattern, {}), false],
  ['for indices of other names', (pattern) => putTemplate(pattern, TYPE, [`other-${pattern.id}-*`]), false],
  [
    'that maps every field in a component',
    async (pattern) => {
      const { client, id } = pattern;
      await client.cluster.putComponentTemplate({ name: id, template: { mappings: { properties: PROPERTIES } } });
      await client.indices.putIndexTemplate({ name: id, index_patterns: [`${id}-*`], composed_of: [id] });
    },
    true,
  ],
];

/** What stands beside an expired index and makes no index the last but one. */
const BESIDE: readonly (readonly [string, Documents])[] = [
  ['an empty one', {}],
  ['one without any date', { undated: {} }],
  ['one with a date that nobody believes', { zero: { '@timestamp': 0 } }],
];

/** The indices of one pattern, and what is done once they are there. */
interface Case {
  readonly indices: readonly NewIndex[];
  readonly prepare?: (pattern: Pattern) => Promise<unknown>;
}

const logs = (documents: Documents): readonly NewIndex[] => [{ suffix: 'logs', documents }];
const CASES: Readonly<Record<string, Case>> = {
  alone: { indices: logs({ old, older }) },
  expired: {
    indices: [
      { suffix: 'a', documents: { old } },
      { suffix: 'b', documents: { older } },
      { suffix: 'c', documents: { older } },
    ],
  },
  younger: {
    indices: [
      { suffix: 'a', documents: { old } },
      { suffix: 'b', documents: { live } },
    ],
  },
  aliased: {
    indices: [
      { suffix: '1', documents: { old } },
      { suffix: '2', documents: {} },
    ],
    prepare: ({ client, id }) => {
      const alias = `writes-${id}`;
      return client.indices.updateAliases({
        actions: [
          { add: { index: `${id}-1`, alias, is_write_index: false } },
          { add: { index: `${id}-2`, alias, is_write_index: true } },
        ],
      });
    },
  },
  priority: {
    indices: logs({ old }),
    prepare: async ({ client, id }) => {
      await putTemplate({ client, id }, PROPERTIES);
      await client.indices.putIndexTemplate({ name: `${id}-high`, index_patterns: [`${id}-l*`], priority: 7 });
    },
  },
  ...Object.fromEntries(
    BESIDE.map(([, documents], at) => [
      `beside${at}`,
      {
        indices: [
          { suffix: 'a', documents: { old } },
          { suffix: 'b', documents },
        ],
      },
    ]),
  ),
  ...Object.fromEntries(TEMPLATES.map(([, prepare], at) => [`template${at}`, { indices: logs({ old }), prepare }])),
};

/** One run over all cases: each has a pattern of its own, and so a last index of its own. */
const once = madeOnce(async () => {
  const fixture = purgeFixture({ template: false });
  const { client, id } = fixture;
  whenDone(async () => {
    await client.indices.deleteIndexTemplate({ name: `${id}-*` }, { ignore: [404] });
    await client.cluster.deleteComponentTemplate({ name: `${id}-*` }, { ignore: [404] });
  });
  await fixture.createIndices(
    Object.entries(CASES).flatMap(([name, { indices }]) =>
      indices.map((index) => ({ ...index, suffix: `${name}-${index.suffix}` })),
    ),
  );
  for (const [name, { prepare }] of Object.entries(CASES)) await prepare?.({ client, id: `${id}-${name}` });
  const patterns = Object.keys(CASES).map((name) => `${id}-${name}-*`);
  const report = await fixture.runPurge({ policy: fixture.policyWith({ category: { indices: patterns } }) });
  const left = await fixture.leftInAll();
  return {
    client,
    id,
    report,
    of: (suffix: string) => {
      const index = `${id}-${suffix}`;
      return { left: left.get(index), ...ofIndex(report, index) };
    },
  };
});

test('undated documents are the only reason why a run that drops last indices is incomplete', () => {
  const undated = expect.objectContaining({ code: 'undatable', index: expect.stringContaining('-beside') });
  const { outcome, findings } = once().report;
  expect({ outcome, findings }).toEqual({ outcome: 'incomplete', findings: [undated, undated] });
});

test('the last index without a template is emptied, and keeps its mapping', async () => {
  const { client, id, of } = once();
  expect(of('alone-logs')).toMatchObject({
    left: [],
    planned: 'delete',
    documentsRemoved: 2,
    findings: [],
    reason: expect.stringContaining('last index of'),
  });
  const [mapped] = Object.values(await client.indices.getMapping({ index: `${id}-alone-logs` }));
  expect(mapped?.mappings.properties).toMatchObject(TYPE);
});

test('if all indices are expired, the youngest is emptied and the others are dropped', () => {
  const { of } = once();
  expect(of('expired-a')).toMatchObject({ left: [], documentsRemoved: 1, findings: [] });
  for (const other of ['expired-b', 'expired-c'])
    expect(of(other)).toMatchObject({ left: undefined, found: 'gone', documentsRemoved: 1 });
});

test('an expired index is dropped if its pattern has a younger one', () => {
  const { of } = once();
  expect(of('younger-a').left).toBeUndefined();
  expect(of('younger-b').left).toEqual(['live']);
});

test.each(BESIDE.map(([name], at) => [name, at] as const))(
  '%s beside the last index does not allow its drop',
  (_, at) => {
    expect(once().of(`beside${at}-a`).left).toEqual([]);
  },
);

const TEMPLATE_ROWS = TEMPLATES.map(([name, , goes], at) => ({ name, at, goes }));

test.each(TEMPLATE_ROWS.filter(({ goes }) => goes))(
  'the last index is dropped if there is an index template $name',
  ({ at }) => {
    const index = once().of(`template${at}-logs`);
    expect(index).toMatchObject({ documentsRemoved: 1, findings: [], found: 'gone' });
    expect(index.left).toBeUndefined();
  },
);

test.each(TEMPLATE_ROWS.filter(({ goes }) => !goes))(
  'the last index is emptied and not dropped if there is only an index template $name',
  ({ at }) => {
    expect(once().of(`template${at}-logs`)).toMatchObject({
      documentsRemoved: 1,
      findings: [],
      found: 'there',
      left: [],
    });
  },
);

test('a template of higher priority without a mapping overrides one with a mapping', () => {
  expect(once().of('priority-logs').left).toEqual([]);
});

test("an alias's former write index is dropped, even if it is the last with data", () => {
  const { of } = once();
  expect(of('aliased-1')).toMatchObject({ left: undefined, found: 'gone', findings: [] });
  expect(of('aliased-2')).toMatchObject({ left: [], found: 'there', findings: [] });
});

test('a last index with a write block is reported, and emptied once the block is lifted', async () => {
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
