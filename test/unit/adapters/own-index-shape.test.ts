import { describe, expect, test } from 'vitest';
import { differencesOf, type FoundIndex, missingFields } from '../../../lib/adapters/elasticsearch/own-index-shape.ts';

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

describe('an index of ours', () => {
  test('is as we make it whatever the server adds to it by itself', () => {
    const settings = {
      'index.uuid': 'x',
      'index.number_of_replicas': '0',
      'index.mode': 'standard',
      'index.max_terms_count': '5000',
    };
    expect(differencesOf(SHAPE, found({ settings }))).toEqual([]);
    const more = { ...SHAPE.mappings.properties, later: { type: 'long' } } as const;
    expect(differencesOf(SHAPE, found({ mappings: { properties: more } }))).toEqual([]);
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
    ['field "id" is mapped otherwise', { mappings: { properties: { id: { type: 'text' } } } }],
    ['field "id" is mapped otherwise', { mappings: { properties: { id: { type: 'keyword', ignore_above: 256 } } } }],
    ['field "id" is mapped otherwise', { mappings: { properties: { id: { type: 'keyword', null_value: 'x' } } } }],
    ['field "at" is mapped otherwise', { mappings: { properties: { at: { type: 'date' } } } }],
    ['field "events" is mapped otherwise', { mappings: { properties: { events: { type: 'object' } } } }],
    [
      'field "subject.kid" is mapped otherwise',
      { mappings: { properties: { subject: { properties: { kid: { type: 'text' } } } } } },
    ],
  ])('is altered: %s', (difference, changes) => {
    expect(differencesOf(SHAPE, found(changes))).toEqual([difference]);
  });

  test('lacks the fields of a later version, inner ones too, and is not altered by that', () => {
    const properties = { id: { type: 'keyword' }, subject: { properties: {} } } as const;
    expect(differencesOf(SHAPE, found({ mappings: { properties } }))).toEqual([]);
    expect(missingFields(SHAPE.mappings.properties, properties)).toEqual(['at', 'hidden', 'events', 'subject.kid']);
  });
});
