import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { HIDING, hiddenValue } from '../../support/hidden-fields.ts';
import { daysAgo, type PolicyChanges, PROPERTIES, purgeFixture } from '../../support/purge-fixture.ts';

const DATE: estypes.MappingProperty = { type: 'date' };
const LIVE = daysAgo(0);
const OLD = daysAgo(20);

const FIELDS = [
  { date: 'timestamp', other: 'ingested', code: 'timestamp-mapping' },
  { date: 'ingested', other: 'timestamp', code: 'ingested-mapping' },
] as const;

/** A category whose one date field is `outer.inner.at`, and whose other one is `plain`. */
const categoryOf = ({ date, other }: (typeof FIELDS)[number]) => ({
  [`${date}Field`]: 'outer.inner.at',
  [`${other}Field`]: 'plain',
});

const decided = (changes: object, index: string, date: string): PolicyChanges => ({
  category: {
    ...changes,
    dateDecisions: [
      { indices: [index], date, reason: 'It is right.', decidedBy: 'Privacy officer', decidedOn: '2026-11-28' },
    ],
  },
});

/** It never deletes a document for one old date while the other one may be live and stands in no index; nor calls such an index kept. */
describe.each(FIELDS)('a $date that the mapping keeps from the index', (field) => {
  test.each(HIDING)('%s, keeps its document and is named', async (way, mappingOf) => {
    const category = categoryOf(field);
    const fixture = purgeFixture({ template: false, category });
    const index = `${fixture.id}-logs`;
    const mappings = mappingOf('at', DATE);
    await fixture.client.indices.create({
      index,
      mappings: { ...mappings, properties: { ...mappings.properties, plain: DATE } },
    });
    await fixture.add(index, {
      live: { plain: OLD, ...hiddenValue(way, 'at', LIVE) },
      old: { plain: OLD, ...hiddenValue(way, 'at', OLD) },
      kept: { plain: LIVE },
    });
    const report = await fixture.runPurge();
    expect(await fixture.left(index)).toEqual(['kept', 'live', 'old']);
    expect(report).toMatchObject({ outcome: 'incomplete', kept: false, documentsRemoved: 0 });
    expect(report.findings).toContainEqual(
      expect.objectContaining({
        code: field.code,
        severity: 'blocking',
        found: expect.stringContaining('"outer.inner.at"'),
      }),
    );
    const isAllOff = mappings.enabled === false;
    const end = await fixture.runPurge({ policy: fixture.policyWith(decided(category, index, field.other)) });
    expect(end).toMatchObject(
      isAllOff ? { outcome: 'incomplete', documentsRemoved: 0 } : { outcome: 'complete', documentsRemoved: 2 },
    );
  });
});

test.each(HIDING)('no advice to backfill dates where no date can be written: %s', async (_, mappingOf) => {
  const fixture = purgeFixture({ template: false, category: { ingestedField: 'outer.inner.at' } });
  const index = `${fixture.id}-logs`;
  await fixture.client.indices.create({ index, mappings: mappingOf('at', DATE) });
  await fixture.add(index, { undated: {} });
  const { findings, kept } = await fixture.runPurge();
  expect(kept).toBe(false);
  const undatable = findings.find(({ code }) => code === 'undatable');
  expect(undatable?.fix).toContain(`reindex ${index}`);
  expect(undatable?.fix).not.toContain('backfill-dates --category');
});

test('one document with an object for a date stops its index, and no other one', async () => {
  const fixture = purgeFixture({ template: false });
  const names = { odd: `${fixture.id}-odd`, normal: `${fixture.id}-normal` };
  for (const index of Object.values(names))
    await fixture.client.indices.create({ index, mappings: { properties: { '@timestamp': DATE } } });
  await fixture.add(names.odd, { odd: { '@timestamp': OLD, event: { ingested: { by: 'a shipper' } } } });
  await fixture.add(names.normal, { old: { '@timestamp': OLD }, live: { '@timestamp': LIVE } });
  const report = await fixture.runPurge();
  expect(report).toMatchObject({ outcome: 'incomplete', kept: false, documentsRemoved: 1 });
  expect(await fixture.left(names.odd)).toEqual(['odd']);
  const found = '"event.ingested" mapped as object';
  const fix = expect.stringContaining('with the objects there under another name');
  expect(report.findings).toContainEqual({
    ...{ code: 'ingested-mapping', severity: 'blocking', index: names.odd },
    ...{ expected: expect.any(String), found, fix },
  });
  // The fix, followed.
  const to = `${fixture.id}-reindexed`;
  await fixture.client.indices.create({ index: to, mappings: { properties: PROPERTIES } });
  const source = 'ctx._source.event.shipper = ctx._source.event.remove("ingested")';
  await fixture.client.reindex({
    source: { index: names.odd },
    dest: { index: to },
    script: { source },
    refresh: true,
  });
  await fixture.client.indices.delete({ index: names.odd });
  expect(await fixture.runPurge()).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
});
