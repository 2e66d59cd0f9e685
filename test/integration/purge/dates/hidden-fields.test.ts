import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { isBlocking } from '../../../../lib/criteria/finding.ts';
import { HIDING, hiddenValue } from '../../../support/documents/hidden-fields.ts';
import {
  type Documents,
  daysAgo,
  type NewIndex,
  ofIndex,
  type PolicyChanges,
  PROPERTIES,
  purgeFixture,
} from '../../../support/purge/purge-fixture.ts';
import { madeOnce } from '../../../support/run/made-once.ts';

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

const decided = (changes: object, indices: readonly string[], date: string): PolicyChanges => ({
  category: {
    ...changes,
    dateDecisions: [{ indices, date, reason: 'It is right.', decidedBy: 'Privacy officer', decidedOn: '2026-11-28' }],
  },
});

/** An index for each way. */
const indicesWith = (
  mappingsOf: (mappingOf: (typeof HIDING)[number][1]) => estypes.MappingTypeMapping,
  documentsOf: (way: string) => Documents,
): readonly NewIndex[] =>
  HIDING.map(([way, mappingOf], at) => ({
    suffix: `${at}`,
    mappings: mappingsOf(mappingOf),
    documents: documentsOf(way),
  }));

const ROWS = HIDING.map(([way, mappingOf], at) => [way, at, mappingOf('at', DATE).enabled === false] as const);

/**
 * It never deletes a document for one old date while the other one may be live and stands in no index; nor calls such
 * an index kept.
 */
describe.each(FIELDS)('a $date that the mapping keeps out of the index', (field) => {
  const once = madeOnce(async () => {
    const category = categoryOf(field);
    const fixture = purgeFixture({ template: false, category });
    const indices = await fixture.createIndices(
      indicesWith(
        (mappingOf) => {
          const mappings = mappingOf('at', DATE);
          return { ...mappings, properties: { ...mappings.properties, plain: DATE } };
        },
        (way) => ({
          live: { plain: OLD, ...hiddenValue(way, 'at', LIVE) },
          old: { plain: OLD, ...hiddenValue(way, 'at', OLD) },
          kept: { plain: LIVE },
        }),
      ),
    );
    const report = await fixture.runPurge();
    const left = await fixture.leftInAll();
    const end = await fixture.runPurge({ policy: fixture.policyWith(decided(category, indices, field.other)) });
    return { indices, report, left, end };
  });

  test.each(ROWS)('keeps its document and is reported: %s', (_, at, isAllOff) => {
    const { indices, report, left, end } = once();
    const index = indices[at] ?? '';
    expect(left.get(index)).toEqual(['kept', 'live', 'old']);
    expect(report).toMatchObject({ outcome: 'incomplete', kept: false, documentsRemoved: 0 });
    expect(ofIndex(report, index)).toMatchObject({ documentsRemoved: 0 });
    expect(report.findings).toContainEqual(
      expect.objectContaining({
        code: field.code,
        severity: 'blocking',
        index,
        found: expect.stringContaining('"outer.inner.at"'),
      }),
    );
    const { documentsRemoved, findings } = ofIndex(end, index);
    expect([documentsRemoved, findings.some(isBlocking)]).toEqual(isAllOff ? [0, true] : [2, false]);
  });

  test('still blocks after a date decision only if the mapping is disabled as a whole', () => {
    const off = ROWS.filter(([, , isAllOff]) => isAllOff).map(([, at]) => once().indices[at]);
    const blocking = once().end.findings.filter(isBlocking);
    expect(new Set(blocking.map(({ index }) => index))).toEqual(new Set(off));
  });
});

describe('the finding about a date that cannot be written', () => {
  const once = madeOnce(async () => {
    const fixture = purgeFixture({ template: false, category: { ingestedField: 'outer.inner.at' } });
    const indices = await fixture.createIndices(
      indicesWith(
        (mappingOf) => mappingOf('at', DATE),
        () => ({ undated: {} }),
      ),
    );
    return { indices, report: await fixture.runPurge() };
  });

  test.each(ROWS)('advises no backfill where the date is %s', (_, at) => {
    const { indices, report } = once();
    const index = indices[at] ?? '';
    expect(report.kept).toBe(false);
    const undatable = ofIndex(report, index).findings.find(({ code }) => code === 'undatable');
    expect(undatable?.fix).toContain(`reindex ${index}`);
    expect(undatable?.fix).not.toContain('backfill-dates --category');
  });
});

test('one document with an object for a date blocks its index, and no other', async () => {
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
    code: 'ingested-mapping',
    severity: 'blocking',
    index: names.odd,
    expected: expect.any(String),
    found,
    fix,
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
