import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { DAY, MINUTE } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { daysAgo, NOW, purgeFixture } from '../../../support/purge/purge-fixture.ts';
import { purgedOnce } from '../../../support/purge/purged-once.ts';

/** No day begins or ends at the cutoff of such a run. */
const AT = NOW + 20 * MINUTE + 30_500;
const CUTOFF = AT - 14 * DAY;
const clock = () => AT;
const day = (instant: number): string => isoInstant(instant).slice(0, 10);
const INSIDE = day(CUTOFF);
const OUTSIDE = day(CUTOFF - DAY);
const OLD = daysAgo(20);
const LIVE = { '@timestamp': daysAgo(1) };

type Properties = Readonly<Record<string, estypes.MappingProperty>>;
const copied = (type: 'date' | 'keyword', to: string): estypes.MappingProperty => ({ type, copy_to: [to] });
const keyword: estypes.MappingProperty = { type: 'keyword' };

/** How one field writes another, and the document that does so with a date. */
const WAYS: readonly (readonly [string, Properties, (date: string) => object])[] = [
  [
    'a date into the ingestion',
    { received: copied('date', 'event.ingested') },
    (received) => ({ '@timestamp': OLD, received }),
  ],
  [
    'a keyword into the ingestion',
    { received: copied('keyword', 'event.ingested') },
    (received) => ({ '@timestamp': OLD, received }),
  ],
  [
    'a date into the timestamp',
    { received: copied('date', '@timestamp') },
    (received) => ({ event: { ingested: OLD }, received }),
  ],
  [
    'a keyword into the field of which the ingestion is a part',
    {
      event: { type: 'keyword', fields: { ingested: { type: 'date' } } },
      received: copied('keyword', 'event'),
    },
    (received) => ({ '@timestamp': OLD, received }),
  ],
  [
    'two fields into the ingestion, beside a value of its own',
    { received: copied('date', 'event.ingested'), seen: copied('keyword', 'event.ingested') },
    (received) => ({ '@timestamp': OLD, received, seen: OLD, event: { ingested: OLD } }),
  ],
  [
    'a field in a list of objects into the ingestion',
    { hops: { properties: { received: copied('date', 'event.ingested') } } },
    (received) => ({ '@timestamp': OLD, hops: [{ received: OLD }, { received: [received] }] }),
  ],
  [
    'a field in nested objects into the ingestion',
    { hops: { type: 'nested', properties: { received: copied('date', 'event.ingested') } } },
    (received) => ({ '@timestamp': OLD, hops: [{ received: OLD }, { received }] }),
  ],
  [
    'a field in an object without subobjects into the ingestion',
    { tags: { type: 'object', subobjects: false, properties: { 'a.received': copied('date', 'event.ingested') } } },
    (received) => ({ '@timestamp': OLD, tags: { 'a.received': received } }),
  ],
  [
    'a null_value in place of a null',
    { '@timestamp': { type: 'date', null_value: INSIDE } },
    (date) => ({ '@timestamp': date === INSIDE ? null : date, event: { ingested: OLD } }),
  ],
];

const RECEIVED = { received: copied('date', 'event.ingested') };

const { report, of } = purgedOnce(
  [
    ...WAYS.flatMap(([, properties, document], at) => [
      { suffix: `both-${at}`, documents: { inside: document(INSIDE), outside: document(OUTSIDE) }, properties },
      { suffix: `whole-${at}`, documents: { inside: document(INSIDE), old: document(OLD) }, properties },
    ]),
    {
      suffix: 'precise',
      documents: {
        inside: { '@timestamp': OLD, received: INSIDE },
        outside: { '@timestamp': OLD, received: OUTSIDE },
        midnight: { '@timestamp': OLD, received: `${INSIDE}T00:00:00Z` },
        live: LIVE,
      },
      properties: RECEIVED,
    },
    {
      suffix: 'excluded',
      documents: {
        inside: { '@timestamp': OLD, received: INSIDE },
        outside: { '@timestamp': OLD, received: OUTSIDE },
        live: LIVE,
      },
      properties: RECEIVED,
      source: { excludes: ['received'] },
    },
  ],
  {},
  { clock },
);

/** It never deletes a document while a day that came by another field has not ended fourteen days ago. */
describe('a day that the mapping copies from another field', () => {
  test.each(WAYS.map(([name], at) => [name, at] as const))('is treated as the end of that day: %s', (_, at) => {
    expect(of(`whole-${at}`).left).toEqual(['inside']);
    expect(of(`both-${at}`).left).toEqual(expect.arrayContaining(['inside']));
  });

  test('keeps only its own document, and not one with a precise date', () => {
    expect(of('precise')).toMatchObject({ left: ['inside', 'live'], documentsRemoved: 2, dueAfter: 0 });
  });

  test('leaves no late document in any index', () => {
    expect(report().retentionLagMilliseconds).toBe(0);
  });
});

describe('a copied date at midnight', () => {
  test('is treated as a whole day if the field it was copied from is not in _source', () => {
    expect(of('excluded').left).toEqual(['inside', 'live']);
  });

  test.each<[string, object]>([
    ['alone', {}],
    ['beside a value of its own', { event: { ingested: OLD } }],
  ])('is treated as a whole day if the mapping has lost the copy_to: %s', async (_, own) => {
    const fixture = purgeFixture();
    const properties = { received: copied('keyword', 'event.ingested') };
    const documents = {
      inside: { '@timestamp': OLD, received: INSIDE, ...own },
      outside: { '@timestamp': OLD, received: OUTSIDE, ...own },
      live: LIVE,
    };
    const index = await fixture.createIndex('logs', documents, { properties });
    await fixture.client.indices.putMapping({ index, properties: { received: { ...keyword, copy_to: [] } } });
    await fixture.runPurge({ clock });
    expect(await fixture.left(index)).toEqual(['inside', 'live']);
  });
});
