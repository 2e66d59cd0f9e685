import type { estypes } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { daysAgo, purgeFixture } from '../../../support/purge/purge-fixture.ts';

type Properties = Record<string, estypes.MappingProperty>;

const OLD = '2016-01-01T00:00:00Z';
const NULL_VALUE: Properties = { '@timestamp': { type: 'date', null_value: OLD } };
const SCRIPT: Properties = { '@timestamp': { type: 'date', script: { source: `emit(${Date.parse(OLD)}L)` } } };
const COPIED: Properties = { born: { type: 'date', copy_to: '@timestamp' } };
const COPIED_FROM_DEEP: Properties = {
  a: { properties: { list: { properties: { born: { type: 'keyword', copy_to: ['other', '@timestamp'] } } } } },
  other: { type: 'text' },
};

/** It never deletes a document by a date that the mapping made up: only by one that the document has itself. */
test.each<[string, Properties, object, string]>([
  ['a null_value', NULL_VALUE, { '@timestamp': null }, 'with a null_value'],
  ['a script', SCRIPT, {}, 'with a script'],
  ['a copy', COPIED, { born: OLD }, 'with values copied from "born"'],
  ['a copy from deep', COPIED_FROM_DEEP, { a: { list: [{ born: OLD }] } }, 'with values copied from "a.list.born"'],
])('a date that only the mapping adds does not date a document: %s', async (_, properties, document, found) => {
  const fixture = purgeFixture();
  const ingested = (days: number) => ({ ...document, event: { ingested: daysAgo(days) } });
  const documents = { young: ingested(0), undated: document, old: ingested(15) };
  const index = await fixture.createIndex('made-up', documents, { properties });
  const report = await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['undated', 'young']);
  expect(report).toMatchObject({ outcome: 'incomplete', kept: false, found: { undatable: 1 } });
  expect(report.findings).toContainEqual(
    expect.objectContaining({ code: 'timestamp-mapping', severity: 'blocking', found: expect.stringContaining(found) }),
  );

  // The fix: a reindex with a plain date mapping.
  const plain = await fixture.createIndex('plain');
  await fixture.client.reindex({ source: { index }, dest: { index: plain }, refresh: true });
  await fixture.client.indices.delete({ index });
  const { findings } = await fixture.runPurge();
  expect(findings.map(({ code }) => code)).toEqual(['undatable']);
});

test('a recent date that only the mapping adds still keeps its document', async () => {
  const fixture = purgeFixture();
  const properties: Properties = { '@timestamp': { type: 'date', null_value: daysAgo(3) } };
  const old = { event: { ingested: daysAgo(15) } };
  const index = await fixture.createIndex(
    'made-up',
    { kept: { ...old, '@timestamp': null }, old, ownDate: { ...old, '@timestamp': daysAgo(1) } },
    { properties },
  );
  expect(await fixture.runPurge()).toMatchObject({ documentsRemoved: 1 });
  expect(await fixture.left(index)).toEqual(['kept', 'ownDate']);
});

test('a document stays undatable if only the mapping adds its ingestion date', async () => {
  const fixture = purgeFixture();
  const properties: Properties = { event: { properties: { ingested: { type: 'date', null_value: OLD } } } };
  const nothing = { event: { ingested: null } };
  const index = await fixture.createIndex(
    'made-up',
    { undated: nothing, old: { ...nothing, '@timestamp': daysAgo(15) }, live: { '@timestamp': daysAgo(1) } },
    { properties },
  );
  const report = await fixture.runPurge();
  expect(await fixture.left(index)).toEqual(['live', 'undated']);
  expect(report.findings).toMatchObject([{ code: 'ingested-mapping', severity: 'notice' }, { code: 'undatable' }]);
});
