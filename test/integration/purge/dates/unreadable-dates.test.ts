import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { isBlocking } from '../../../../lib/criteria/finding.ts';
import {
  daysAgo,
  type NewIndex,
  NOW,
  ofIndex,
  type PolicyChanges,
  purgeFixture,
} from '../../../support/purge/purge-fixture.ts';
import { madeOnce } from '../../../support/run/made-once.ts';

type Properties = Record<string, estypes.MappingProperty>;

const decision = (indices: readonly string[], date: string): PolicyChanges => ({
  category: {
    dateDecisions: [
      { indices, date, reason: 'Its clock is right.', decidedBy: 'Privacy officer', decidedOn: '2026-11-28' },
    ],
  },
});
const DATE: estypes.MappingProperty = { type: 'date' };
const ingestedAs = (ingested: estypes.MappingProperty): estypes.MappingTypeMapping => ({
  properties: { '@timestamp': DATE, event: { properties: { ingested } } },
});
const eventAs = (event: estypes.MappingProperty): estypes.MappingTypeMapping => ({
  properties: { '@timestamp': DATE, event },
});

const fixtureWith = async (mappings: estypes.MappingTypeMapping, document: object) => {
  const fixture = purgeFixture({ template: false });
  const index = `${fixture.id}-logs`;
  await fixture.client.indices.create({ index, mappings });
  await fixture.add(index, { doubtful: document });
  return { fixture, index };
};

/**
 * One run over an index for each row, and one once a person has decided that the other date counts.
 * @param changes of the category's policy.
 */
const decidedOnce = (changes: PolicyChanges, indices: readonly NewIndex[], date: string) => {
  const once = madeOnce(async () => {
    const fixture = purgeFixture(changes);
    const names = await fixture.createIndices(indices);
    const report = await fixture.runPurge();
    const left = await fixture.leftInAll();
    const decided = await fixture.runPurge({ policy: fixture.policyWith(decision(names, date)) });
    return { names, report, left, decided };
  });
  return {
    once,
    row: (at: number) => {
      const { names, report, left, decided } = once();
      const index = `${names[at]}`;
      return { index, left: left.get(index), report: ofIndex(report, index), decided: ofIndex(decided, index) };
    },
  };
};

/** It never deletes a document of which a date may be live that no search can see. */
describe('an ingestion date that no search can compare', () => {
  const young = { '@timestamp': daysAgo(20), event: { ingested: NOW - 60_000 } };
  const ROWS: readonly (readonly [string, estypes.MappingTypeMapping, object, string])[] = [
    ['mapped as long by itself', { properties: { '@timestamp': DATE } }, young, 'mapped as long'],
    ['long', ingestedAs({ type: 'long' }), young, 'mapped as long'],
    ['keyword', ingestedAs({ type: 'keyword' }), young, 'mapped as keyword'],
    ['text', ingestedAs({ type: 'text' }), young, 'mapped as text'],
    ['not indexed', ingestedAs({ type: 'date', index: false, doc_values: false }), young, 'not searchable'],
    [
      'in a nested object',
      eventAs({ type: 'nested', properties: { ingested: DATE } }),
      young,
      'inside a nested object',
    ],
    ['not mapped in a nested object', eventAs({ type: 'nested', dynamic: false }), young, 'a nested object'],
    ['in a flattened object', eventAs({ type: 'flattened' }), young, 'flattened'],
    ['in an object that is not enabled', eventAs({ type: 'object', enabled: false }), young, 'not enabled'],
    [
      'a run-time field before a date',
      { ...ingestedAs(DATE), runtime: { 'event.ingested': { type: 'date', script: 'emit(0L)' } } },
      young,
      'a run-time field',
    ],
    [
      'in a format that is read in part',
      ingestedAs({ type: 'date', format: 'YYYY-MM-dd||epoch_millis' }),
      { ...young, event: { ingested: daysAgo(0).slice(0, 10) } },
      'with a format that Elasticsearch reads only in part',
    ],
    [
      'an alias of a field in a format that is read in part',
      {
        properties: {
          '@timestamp': DATE,
          made: { properties: { at: { type: 'date', format: 'YYYY-MM-dd' } } },
          event: { properties: { ingested: { type: 'alias', path: 'made.at' } } },
        },
      },
      { '@timestamp': daysAgo(20), made: { at: daysAgo(0).slice(0, 10) } },
      'with a format that Elasticsearch reads only in part',
    ],
  ];
  const { once, row } = decidedOnce(
    { template: false },
    ROWS.map(([, mappings, doubtful], at) => ({ suffix: `logs-${at}`, mappings, documents: { doubtful } })),
    'timestamp',
  );

  test.each(ROWS.map(([name, , , found], at) => [name, found, at] as const))(
    'prevents the deletion of its document: %s',
    (_, found, at) => {
      const { index, left, report, decided } = row(at);
      expect(left).toEqual(['doubtful']);
      expect(report.documentsRemoved).toBe(0);
      expect(report.findings).toContainEqual(
        expect.objectContaining({
          code: 'ingested-mapping',
          severity: 'blocking',
          index,
          found: expect.stringContaining(found),
          fix: expect.stringContaining('date: timestamp'),
        }),
      );
      // The fix: a person names the other date.
      expect(decided).toMatchObject({ documentsRemoved: 1 });
    },
  );

  test('makes runs incomplete until a person decides which date counts', () => {
    expect(once().report).toMatchObject({ outcome: 'incomplete', kept: false, documentsRemoved: 0 });
    expect(once().decided).toMatchObject({ outcome: 'complete', documentsRemoved: ROWS.length });
  });
});

describe('a timestamp that no search can compare', () => {
  const ROWS: readonly (readonly [string, Properties])[] = [
    ['keyword', { '@timestamp': { type: 'keyword' } }],
    ['long', { '@timestamp': { type: 'long' } }],
    ['not indexed', { '@timestamp': { type: 'date', index: false, doc_values: false } }],
  ];
  const { once, row } = decidedOnce(
    {},
    ROWS.map(([type, properties], at) => {
      const timestamp = type === 'long' ? NOW - 60_000 : daysAgo(0);
      const doubtful = { '@timestamp': timestamp, event: { ingested: daysAgo(20) } };
      return { suffix: `logs-${at}`, properties, documents: { doubtful } };
    }),
    'ingested',
  );

  test.each(ROWS.map(([name], at) => [name, at] as const))('prevents the deletion of its document: %s', (_, at) => {
    const { left, report, decided } = row(at);
    expect(left).toEqual(['doubtful']);
    expect(report).toMatchObject({
      documentsRemoved: 0,
      findings: [{ code: 'timestamp-mapping', severity: 'blocking' }],
    });
    expect(decided).toMatchObject({ documentsRemoved: 1, findings: [] });
  });

  test('makes runs incomplete until a person decides which date counts', () => {
    expect(once().report).toMatchObject({ outcome: 'incomplete', kept: false });
    expect(once().decided).toMatchObject({ outcome: 'complete', documentsRemoved: ROWS.length });
  });
});

/**
 * It never deletes nor drops, in the same run, a document that brings a date field which nobody could know of at the
 * plan, nor anything else there.
 */
test.each([
  ['milliseconds', NOW - 60_000],
  ['a date', daysAgo(0)],
  ['a text', 'a minute ago'],
])('no document is deleted if the ingested field is mapped after the plan: %s', async (_, ingested) => {
  const { fixture, index } = await fixtureWith({ properties: { '@timestamp': DATE } }, { '@timestamp': daysAgo(20) });
  const late = { '@timestamp': daysAgo(20), event: { ingested } };
  let live: number | undefined;
  const report = await fixture.runPurge({
    around: ({ remover, ...ports }) => ({
      ...ports,
      remover: {
        ...remover,
        deleteSlice: async (target, criteria, permitted) => {
          if (live === undefined) await fixture.add(index, { late });
          live ??= await remover.countLive(target, criteria);
          return remover.deleteSlice(target, criteria, permitted);
        },
      },
    }),
  });
  expect(live).toBe(1);
  expect(report.outcome).toBe('incomplete');
  expect(await fixture.left(index)).toEqual(['doubtful', 'late']);
});

describe('an ingestion date that is in the future or malformed', () => {
  const tolerant = ingestedAs({ type: 'date', ignore_malformed: true });
  const old = { '@timestamp': daysAgo(20) };
  const ROWS: readonly (readonly [string, unknown])[] = [
    ['is two hours ahead', new Date(NOW + 7_200_000).toISOString()],
    ['is years ahead', '2099-01-01T00:00:00Z'],
    ['is malformed', 'yesterday'],
    ['is old and ahead', [daysAgo(20), '2099-01-01T00:00:00Z']],
    ['is old and malformed', [daysAgo(20), 'yesterday']],
  ];
  const { once, row } = decidedOnce(
    { template: false },
    ROWS.map(([, ingested], at) => ({
      suffix: `logs-${at}`,
      mappings: tolerant,
      documents: { doubtful: { ...old, event: { ingested } }, old },
    })),
    'timestamp',
  );

  test.each(ROWS.map(([name], at) => [name, at] as const))(
    'keeps its document despite an old timestamp if it %s',
    (_, at) => {
      const { left, report, decided } = row(at);
      expect(left).toEqual(['doubtful']);
      expect(report).toMatchObject({ documentsRemoved: 1, undatableAfter: 1 });
      expect(report.findings.some(isBlocking)).toBe(true);
      expect(decided).toMatchObject({ documentsRemoved: 1 });
    },
  );

  test('makes runs incomplete until a person decides which date counts', () => {
    const found = { undatable: ROWS.length };
    expect(once().report).toMatchObject({ outcome: 'incomplete', kept: false, documentsRemoved: ROWS.length, found });
    expect(once().decided).toMatchObject({ outcome: 'complete', documentsRemoved: ROWS.length });
  });
});
