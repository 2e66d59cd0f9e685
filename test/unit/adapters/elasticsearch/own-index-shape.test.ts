import type { estypes } from '@elastic/elasticsearch';
import { describe, expect, test } from 'vitest';
import { fixOfAltered } from '../../../../lib/adapters/elasticsearch/own-index/fix-of-altered.ts';
import { MARK } from '../../../../lib/adapters/elasticsearch/own-index/own-index-mark.ts';
import type { FoundIndex } from '../../../../lib/adapters/elasticsearch/own-index/own-index-settings.ts';
import { differencesOf, missingFields } from '../../../../lib/adapters/elasticsearch/own-index/own-index-shape.ts';

const SHAPE = {
  name: 'retention-x',
  mappings: {
    properties: {
      id: { type: 'keyword' },
      at: { type: 'date', format: 'epoch_millis' },
      hidden: { type: 'keyword', index: false, doc_values: false },
      events: { type: 'object', enabled: false },
      subject: { properties: { kid: { type: 'keyword' } } },
    },
  },
} as const;
const found = ({ settings = {}, mappings = {} }: Partial<FoundIndex>): FoundIndex => ({
  settings,
  mappings: { dynamic: 'strict', ...SHAPE.mappings, ...mappings },
});

describe('an own index', () => {
  test('is unaltered despite settings that the server adds by itself', () => {
    const settings = {
      'index.uuid': 'x',
      'index.number_of_replicas': '0',
      'index.mode': 'standard',
      'index.max_terms_count': '5000',
      'index.creation_date': '1',
      'index.routing.allocation.include._tier_preference': 'data_content',
    };
    expect(differencesOf(SHAPE, found({ settings }))).toEqual([]);
  });

  test.each<[string, Partial<FoundIndex>]>([
    ['index.final_pipeline is not _none', { settings: { 'index.final_pipeline': 'x' } }],
    ['index.lifecycle.name is set', { settings: { 'index.lifecycle.name': 'delete-after-7-days' } }],
    ['index.mapping.source.mode is not stored', { settings: { 'index.mapping.source.mode': 'synthetic' } }],
    ['index.mapping.ignore_malformed is not false', { settings: { 'index.mapping.ignore_malformed': 'true' } }],
    [
      'index.query.parse.allow_unmapped_fields is not true',
      { settings: { 'index.query.parse.allow_unmapped_fields': 'false' } },
    ],
    ['index.max_terms_count is 4999, and 5000 are needed', { settings: { 'index.max_terms_count': '4999' } }],
    ['index.max_result_window is 1, and 5000 are needed', { settings: { 'index.max_result_window': '1' } }],
    ['_source is not kept whole', { mappings: { _source: { mode: 'synthetic' } } }],
    ['_source is not kept whole', { mappings: { _source: { includes: ['id'] } } }],
    ['_routing is required', { mappings: { _routing: { required: true } } }],
    ['it has runtime fields', { mappings: { runtime: { at: { type: 'long' } } } }],
    ['dynamic is not strict', { mappings: { dynamic: true } }],
    ['index.number_of_replicas is 5', { settings: { 'index.number_of_replicas': '5' } }],
    ['index.auto_expand_replicas is 5-9', { settings: { 'index.auto_expand_replicas': '5-9' } }],
    ['index.auto_expand_replicas is 0-900', { settings: { 'index.auto_expand_replicas': '0-900' } }],
    ['index.auto_expand_replicas is 900-all', { settings: { 'index.auto_expand_replicas': '900-all' } }],
    ['index.refresh_interval is -1', { settings: { 'index.refresh_interval': '-1' } }],
    ['index.refresh_interval is 365d', { settings: { 'index.refresh_interval': '365d' } }],
    ['index.translog.durability is async', { settings: { 'index.translog.durability': 'async' } }],
    ['index.translog.flush_threshold_size is 1pb', { settings: { 'index.translog.flush_threshold_size': '1pb' } }],
    ['index.mapping.total_fields.limit is 1', { settings: { 'index.mapping.total_fields.limit': '1' } }],
    ['index.mapping.total_fields.limit is 2000000', { settings: { 'index.mapping.total_fields.limit': '2000000' } }],
    ['index.mapping.depth.limit is 1', { settings: { 'index.mapping.depth.limit': '1' } }],
    [
      'index.mapping.total_fields.ignore_dynamic_beyond_limit is true',
      { settings: { 'index.mapping.total_fields.ignore_dynamic_beyond_limit': 'true' } },
    ],
    [
      'index.mapping.synthetic_source_keep is all, and is not ours',
      { settings: { 'index.mapping.synthetic_source_keep': 'all' } },
    ],
    ['_meta is not ours', { mappings: { _meta: { managedBy: 'es-retention', version: 1, more: 'x' } } }],
    ['_meta is not ours', { mappings: { _meta: { managedBy: 'es-retention', version: 0 } } }],
    ['_meta is not ours', { mappings: { _meta: { managedBy: 'es-retention', rebuilding: 'x' } } }],
    ['_meta is not ours', { mappings: { _meta: { managedBy: 'somebody', version: 2 } } }],
    ['_meta is not ours', { mappings: { _meta: { more: {} } } }],
    ['index.hidden is true', { settings: { 'index.hidden': 'true' } }],
    [
      'index.indexing.slowlog.threshold.index.info is 0ms',
      { settings: { 'index.indexing.slowlog.threshold.index.info': '0ms' } },
    ],
    [
      'index.search.slowlog.threshold.query.warn is 0ms',
      { settings: { 'index.search.slowlog.threshold.query.warn': '0ms' } },
    ],
    ['field "id" is mapped otherwise', { mappings: { properties: { id: { type: 'text' } } } }],
    [
      'field "id" is mapped otherwise',
      { mappings: { properties: { id: { type: 'keyword', fields: { more: { type: 'text' } } } } } },
    ],
    [
      'field "id" is mapped otherwise',
      { mappings: { properties: { id: { type: 'keyword', copy_to: ['hidden'] } as never } } },
    ],
    ['field "thief" is not ours', { mappings: { properties: { thief: { type: 'keyword' } } } }],
    ['field "__proto__x" is not ours', { mappings: { properties: { __proto__x: { type: 'keyword' } } } }],
    [
      'field "events.thief" is not ours',
      {
        mappings: {
          properties: { events: { type: 'object', enabled: false, properties: { thief: { type: 'long' } } } },
        },
      },
    ],
    [
      'field "subject.thief" is not ours',
      {
        mappings: { properties: { subject: { properties: { kid: { type: 'keyword' }, thief: { type: 'long' } } } } },
      },
    ],
    ['field "id" is mapped otherwise', { mappings: { properties: { id: { type: 'keyword', ignore_above: 256 } } } }],
    ['field "id" is mapped otherwise', { mappings: { properties: { id: { type: 'keyword', null_value: 'x' } } } }],
    ['field "at" is mapped otherwise', { mappings: { properties: { at: { type: 'date' } } } }],
    ['field "events" is mapped otherwise', { mappings: { properties: { events: { type: 'object' } } } }],
    [
      'field "subject.kid" is mapped otherwise',
      { mappings: { properties: { subject: { properties: { kid: { type: 'text' } } } } } },
    ],
  ])('is recognized as altered: %s', (difference, changes) => {
    expect(differencesOf(SHAPE, found(changes))).toEqual([difference]);
  });

  test.each([
    { 'index.number_of_replicas': '4', 'index.auto_expand_replicas': 'false' },
    { 'index.number_of_replicas': '99', 'index.auto_expand_replicas': '0-all' },
    { 'index.auto_expand_replicas': '1-4' },
    { 'index.refresh_interval': '30s' },
    { 'index.translog.durability': 'REQUEST', 'index.hidden': 'false' },
    { 'index.mapping.total_fields.limit': '2000', 'index.mapping.exclude_source_vectors': 'true' },
    { 'index.search.slowlog.threshold.query.warn': '-1' },
  ])('is not altered by reasonable settings of an administrator: %o', (settings) => {
    expect(differencesOf(SHAPE, found({ settings }))).toEqual([]);
  });

  test('that is altered gets a fix that resets all settings in one request, even replicas', () => {
    const settings = { 'index.number_of_replicas': '900', 'index.hidden': 'true', 'index.max_terms_count': '1' };
    const altered = found({ settings });
    expect(fixOfAltered('retention-x', differencesOf(SHAPE, altered), altered)).toBe(
      'Set it back: PUT /retention-x/_settings {"index.max_terms_count": null, "index.auto_expand_replicas": "0-1", "index.hidden": null}.',
    );
    const both = found({ settings, mappings: { properties: { thief: { type: 'long' } } } });
    expect(fixOfAltered('retention-x', differencesOf(SHAPE, both), both)).toMatch(
      /^Set it back: .* Then node bin\/es-retention\.mjs setup --rebuild retention-x /,
    );
  });

  test('without its mark gets a fix that writes the mark, and keeps the mark of a rebuild', () => {
    const fix = (_meta: Record<string, unknown>, settings = {}) => {
      const altered = found({ settings, mappings: { _meta } });
      return fixOfAltered('retention-x', differencesOf(SHAPE, altered), altered);
    };
    const request = `Mark it again: PUT /retention-x/_mapping {"_meta": {"managedBy": "es-retention", "version": ${MARK.version}}}.`;
    expect(fix({ more: 1 })).toBe(request);
    expect(fix({ more: 1 }, { 'index.mapping.depth.limit': '1' })).toBe(
      `Set it back: PUT /retention-x/_settings {"index.mapping.depth.limit": null}. ${request}`,
    );
    expect(fix({ more: 1, rebuilding: true })).toContain('"rebuilding": true');
  });

  test.each([{}, { managedBy: 'es-retention' }, { managedBy: 'es-retention', version: 1, rebuilding: false }])(
    'may have the mark of this version or an earlier one: %o',
    (_meta) => {
      expect(differencesOf(SHAPE, found({ mappings: { _meta } }))).toEqual([]);
    },
  );

  test('without _source gets a fix without a rebuild, which names what would be lost', () => {
    const altered = found({ mappings: { _source: { enabled: false } } });
    const fix = fixOfAltered('retention-x', differencesOf(SHAPE, altered), altered);
    expect(fix).not.toContain('--rebuild');
    expect(fix).toMatch(/snapshot.*replay.*Receipts do not come back.*archive.*Reports are lost/);
  });

  describe('of a later version', () => {
    const later = (field: estypes.MappingProperty, version: unknown = MARK.version + 1) =>
      differencesOf(
        SHAPE,
        found({
          mappings: {
            properties: { ...SHAPE.mappings.properties, later: field },
            _meta: { managedBy: 'es-retention', version },
          },
        }),
      );

    test.each<estypes.MappingProperty>([
      { type: 'long' },
      { type: 'date', format: 'epoch_millis' },
      { type: 'keyword', index: false, doc_values: false },
      { type: 'object', enabled: false },
      { properties: { inner: { type: 'keyword' } } },
    ])('may have the plain field %o', (field) => {
      expect(later(field)).toEqual([]);
    });

    test.each<estypes.MappingProperty>([
      { type: 'long', script: { source: 'throw new Exception()' }, on_script_error: 'fail' },
      { type: 'keyword', copy_to: ['id'] },
      { type: 'keyword', null_value: 'x' },
      { type: 'alias', path: 'id' },
      { properties: { inner: { type: 'long', script: { source: 'emit(1)' } } } },
    ])('may not have %o', (field) => {
      expect(later(field)).toEqual(['field "later" is not ours']);
    });

    test.each([MARK.version, 1, '9', null, Number.NaN])('may not have a new field if it says version %s', (version) => {
      expect(later({ type: 'long' }, version)).toContain('field "later" is not ours');
    });

    test('may have a longer mark, up to a limit', () => {
      const marked = (more: string) =>
        differencesOf(
          SHAPE,
          found({ mappings: { _meta: { managedBy: 'es-retention', version: MARK.version + 1, more } } }),
        );
      expect(marked('x'.repeat(900))).toEqual([]);
      expect(marked('x'.repeat(1_000))).toEqual(['_meta is not ours']);
    });
  });

  test('may lack the fields of a later version, even nested ones', () => {
    const properties = { id: { type: 'keyword' }, subject: { properties: {} } } as const;
    expect(differencesOf(SHAPE, found({ mappings: { properties } }))).toEqual([]);
    expect(missingFields(SHAPE.mappings.properties, properties)).toEqual(['at', 'hidden', 'events', 'subject.kid']);
  });
});
