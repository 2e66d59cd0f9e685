import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { daysAgo, NOW, type PolicyChanges, purgeFixture } from '../../support/purge-fixture.ts';

type Properties = Record<string, estypes.MappingProperty>;

const decision = (index: string, date: string): PolicyChanges => ({
  category: {
    dateDecisions: [
      { indices: [index], date, reason: 'Its clock is right.', decidedBy: 'Privacy officer', decidedOn: '2026-11-28' },
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

/** It never deletes a document of which a date may be live that no search can see. */
describe('an ingestion date that no search can compare keeps what it may date', () => {
  const young = { '@timestamp': daysAgo(20), event: { ingested: NOW - 60_000 } };
  test.each<[string, estypes.MappingTypeMapping, object, string]>([
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
  ])('%s', async (_, mappings, document, found) => {
    const { fixture, index } = await fixtureWith(mappings, document);
    const report = await fixture.runPurge();
    expect(await fixture.left(index)).toEqual(['doubtful']);
    expect(report).toMatchObject({ outcome: 'incomplete', kept: false, documentsRemoved: 0 });
    expect(report.findings).toContainEqual(
      expect.objectContaining({
        code: 'ingested-mapping',
        severity: 'blocking',
        found: expect.stringContaining(found),
        fix: expect.stringContaining('date: timestamp'),
      }),
    );
    // The fix: a person names the other date.
    const decided = await fixture.runPurge({ policy: fixture.policyWith(decision(index, 'timestamp')) });
    expect(decided).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
  });
});

describe('a timestamp that no search can compare keeps what it may date', () => {
  test.each<[string, Properties]>([
    ['keyword', { '@timestamp': { type: 'keyword' } }],
    ['long', { '@timestamp': { type: 'long' } }],
    ['not indexed', { '@timestamp': { type: 'date', index: false, doc_values: false } }],
  ])('%s', async (type, properties) => {
    const fixture = purgeFixture();
    const timestamp = type === 'long' ? NOW - 60_000 : daysAgo(0);
    const document = { '@timestamp': timestamp, event: { ingested: daysAgo(20) } };
    const index = await fixture.createIndex('logs', { doubtful: document }, { properties });
    const report = await fixture.runPurge();
    expect(await fixture.left(index)).toEqual(['doubtful']);
    expect(report).toMatchObject({ outcome: 'incomplete', kept: false });
    const decided = await fixture.runPurge({ policy: fixture.policyWith(decision(index, 'ingested')) });
    expect(decided).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
  });
});

/** It never deletes nor drops, in the same run, a document that brings a date field which nobody could know of at the plan, nor anything else there. */
test.each([
  ['milliseconds', NOW - 60_000],
  ['a date', daysAgo(0)],
  ['a text', 'a minute ago'],
])('a document whose ingested field is mapped after the plan stays: %s', async (_, ingested) => {
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
  test.each([
    ['is two hours ahead', new Date(NOW + 7_200_000).toISOString()],
    ['is years ahead', '2099-01-01T00:00:00Z'],
    ['is malformed', 'yesterday'],
    ['is old and ahead', [daysAgo(20), '2099-01-01T00:00:00Z']],
    ['is old and malformed', [daysAgo(20), 'yesterday']],
  ])('dates nothing, whatever the timestamp says, if it %s', async (_, ingested) => {
    const { fixture, index } = await fixtureWith(tolerant, { ...old, event: { ingested } });
    await fixture.add(index, { old });
    const report = await fixture.runPurge();
    expect(await fixture.left(index)).toEqual(['doubtful']);
    expect(report).toMatchObject({ outcome: 'incomplete', kept: false, documentsRemoved: 1, found: { undatable: 1 } });
    const decided = await fixture.runPurge({ policy: fixture.policyWith(decision(index, 'timestamp')) });
    expect(decided).toMatchObject({ outcome: 'complete', documentsRemoved: 1 });
  });
});
