import { describe, expect, test } from 'vitest';
import { isBlocking } from '../../../../lib/criteria/finding.ts';
import { daysAgo, PROPERTIES, purgeFixture } from '../../../support/purge/purge-fixture.ts';
import { purgedOnce } from '../../../support/purge/purged-once.ts';

/** What every object of the language has under its own name, alone and as a part of a longer one. */
const NAMES = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__', 'constructor.name', 'a.__proto__'];

const nested = (name: string, value: unknown): object =>
  name.split('.').reduceRight<unknown>((inner, part) => ({ [part]: inner }), value) as object;

const date = { type: 'date' } as const;
const [old, live] = [daysAgo(20), daysAgo(1)];

describe.each(NAMES)('a date field called %s', (name) => {
  const { of } = purgedOnce(
    [
      {
        suffix: 'mapped',
        documents: { old: nested(name, old), live: nested(name, live) },
        properties: { [name]: date },
      },
      { suffix: 'unmapped', documents: { old: { '@timestamp': old } } },
    ],
    { category: { timestampField: name } },
  );

  test('dates its documents', () => {
    expect(of('mapped')).toMatchObject({ left: ['live'], documentsRemoved: 1, findings: [] });
  });

  test('causes no deletion if it is not mapped', () => {
    const { left, documentsRemoved, findings } = of('unmapped');
    expect({ left, documentsRemoved }).toEqual({ left: ['old'], documentsRemoved: 0 });
    expect(findings.some(isBlocking)).toBe(true);
  });
});

test.each(NAMES)('an ingested field called %s keeps documents that arrived late, mapped or not', async (name) => {
  const fixture = purgeFixture({ category: { ingestedField: name } });
  const documents = {
    old: { '@timestamp': old },
    late: { '@timestamp': old, ...nested(name, live) },
    live: { '@timestamp': live },
  };
  const mapped = await fixture.createIndex('mapped', documents, { properties: { [name]: date } });
  const unmapped = await fixture.createIndex('unmapped', {});
  await fixture.client.indices.putMapping({ index: unmapped, dynamic: false });
  await fixture.add(unmapped, documents);
  const report = await fixture.runPurge();
  expect(await fixture.left(mapped)).toEqual(['late', 'live']);
  expect(await fixture.left(unmapped)).toEqual(['late', 'live']);
  expect(report.documentsRemoved).toBe(2);
});

test.each(['constructor', '__proto__'])(
  'an index template that maps %s allows the last index to be dropped',
  async (name) => {
    const fixture = purgeFixture({ template: false, category: { timestampField: name } });
    const index = await fixture.createIndex('logs', { old: { [name]: old } }, { properties: { [name]: date } });
    const { client, id } = fixture;
    const put = (properties: typeof PROPERTIES) =>
      client.indices.putIndexTemplate({
        name: id,
        index_patterns: [`${id}-*`],
        template: { mappings: { properties } },
      });
    await put(PROPERTIES);
    try {
      expect(await fixture.runPurge({ dryRun: true })).toMatchObject({ indices: [{ planned: 'delete' }] });
      await put({ ...PROPERTIES, [name]: date });
      expect(await fixture.runPurge()).toMatchObject({ indicesDropped: 1 });
    } finally {
      await client.indices.deleteIndexTemplate({ name: id });
    }
    expect(await fixture.left(index)).toBeUndefined();
  },
);
