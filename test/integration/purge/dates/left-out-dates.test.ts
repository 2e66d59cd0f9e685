import type { estypes } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { daysAgo, purgeFixture } from '../../../support/purge/purge-fixture.ts';

const OLD = daysAgo(30);
const LIVE = daysAgo(1);

const beyond = (limit: number, ignored: boolean): estypes.IndicesIndexSettings =>
  ({ mapping: { total_fields: { limit, ignore_dynamic_beyond_limit: ignored } } }) as object;

const KIND = { '@timestamp': { type: 'date' }, event: { properties: { kind: { type: 'keyword' } } } } as const;
const NO_EVENT = { '@timestamp': { type: 'date' } } as const;

/** How the limit left the ingestion of a live document out of the index, which no setting tells any more. */
const SHAPES: readonly (readonly [string, number, estypes.MappingTypeMapping])[] = [
  ['the field', 3, { properties: KIND }],
  ['its parent', 1, { properties: NO_EVENT }],
  ['the field, without _source', 3, { properties: KIND, _source: { enabled: false } }],
  ['its parent, without _source', 1, { properties: NO_EVENT, _source: { enabled: false } }],
  ['the field, under a dotted name', 2, { properties: { ...NO_EVENT, a: { type: 'keyword' } }, subobjects: false }],
  ['an object in its place', 3, { properties: KIND }],
];

test.each(SHAPES)(
  'an index with %s left out by its earlier limit of fields is not dropped',
  async (what, limit, mappings) => {
    const fixture = purgeFixture({ template: false });
    const index = await fixture.createIndex('limit', {}, { mappings, settings: beyond(limit, true) });
    const ingested = what === 'an object in its place' ? { v: LIVE } : LIVE;
    await fixture.add(index, {
      live: { '@timestamp': OLD, event: { ingested } },
      old: { '@timestamp': OLD },
    });
    await fixture.createIndex('younger', { now: { '@timestamp': daysAgo(0) } });
    await fixture.client.indices.putSettings({ index, settings: beyond(limit, false) });
    const report = await fixture.runPurge();
    expect(await fixture.left(index)).toEqual(['live']);
    expect(report).toMatchObject({ documentsRemoved: 1, indicesDropped: 0, kept: false });
    expect(report.findings).toContainEqual(expect.objectContaining({ code: 'undatable', index }));
  },
);

test('a document is deleted by a date in _source that the limit of fields left out', async () => {
  const fixture = purgeFixture({ template: false });
  const index = await fixture.createIndex('limit', {}, { mappings: { properties: KIND }, settings: beyond(3, true) });
  await fixture.add(index, { old: { '@timestamp': OLD, event: { ingested: OLD } }, live: { '@timestamp': LIVE } });
  await fixture.client.indices.putSettings({ index, settings: beyond(3, false) });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', kept: true, documentsRemoved: 1 });
  expect(await fixture.left(index)).toEqual(['live']);
});
