import type { estypes } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { DAY } from '../../../../lib/policy/time/duration.ts';
import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import { erasureFixture } from '../../../support/erasure/erasure-fixture.ts';
import { NOW } from '../../../support/purge/purge-fixture.ts';

const ENDED = NOW - 4 * DAY;
const BEFORE = isoInstant(ENDED - 30 * DAY);
const AFTER = isoInstant(ENDED + DAY);

const KIND: estypes.MappingProperty = { properties: { kind: { type: 'keyword' } } };

/** How a mapping leaves `event.ingested` to `_source` alone. */
const LEFT_OUT: readonly (readonly [string, estypes.MappingProperty, estypes.IndicesIndexSettings | undefined])[] = [
  [
    'the limit of fields',
    KIND,
    { mapping: { total_fields: { limit: 5, ignore_dynamic_beyond_limit: true } } } as object,
  ],
  ['an object that is indexed as a whole', { type: 'flattened' }, undefined],
  ['an object that takes no new fields', { ...KIND, dynamic: false }, undefined],
  ['an object that is switched off', { type: 'object', enabled: false }, undefined],
];

test.each(LEFT_OUT)(
  'the end of a feature keeps documents whose later date is left out of the index by %s',
  async (_, event, settings) => {
    const fixture = erasureFixture({ template: false });
    const properties = {
      uin: { type: 'keyword' },
      sdkAppId: { type: 'keyword' },
      '@timestamp': { type: 'date' },
      event,
    } as const;
    const index = await fixture.createIndex(
      'left-out',
      {},
      { mappings: { properties }, ...(settings && { settings }) },
    );
    const of = (ingested: unknown, uin = '42') => ({ uin, sdkAppId: '1', '@timestamp': BEFORE, event: { ingested } });
    await fixture.add(index, {
      early: of(BEFORE),
      earlier: of([BEFORE, isoInstant(ENDED - 40 * DAY)]),
      late: of(AFTER),
      both: of([BEFORE, AFTER]),
      odd: of('soon'),
      others: of(BEFORE, '9'),
    });
    await fixture.tell('feature-terminated', { uin: '42' }, ENDED);
    const report = await fixture.runPurge();
    expect(await fixture.left(index)).toEqual(['both', 'late', 'odd', 'others']);
    expect(report).toMatchObject({ documentsRemoved: 2 });
  },
);

test.each([
  ['disabled', { enabled: false }],
  ['synthetic', { mode: 'synthetic' }],
] as const)(
  'the end of a feature keeps a document with an unindexed later date, with _source %s',
  async (_, source) => {
    const fixture = erasureFixture({ template: false });
    const limit = (ignored: boolean, fields: number) =>
      ({ mapping: { total_fields: { limit: fields, ignore_dynamic_beyond_limit: ignored } } }) as object;
    const properties = {
      uin: { type: 'keyword' },
      sdkAppId: { type: 'keyword' },
      '@timestamp': { type: 'date' },
    } as const;
    const mappings = { properties, _source: source } as estypes.MappingTypeMapping;
    const index = await fixture.createIndex('left-out', {}, { mappings, settings: limit(true, 3) });
    const of = (more: object) => ({ uin: '42', sdkAppId: '1', '@timestamp': BEFORE, ...more });
    await fixture.add(index, { late: of({ event: { ingested: AFTER } }), early: of({}) });
    await fixture.client.indices.putSettings({ index, settings: limit(false, 100) });
    await fixture.tell('feature-terminated', { uin: '42' }, ENDED);
    await fixture.runPurge();
    expect(await fixture.left(index)).toEqual(['late']);
  },
);
