import type { estypes } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { mappingDigest } from '../../../../lib/adapters/elasticsearch/inspect/mapping-digest.ts';

const FIELDS = ['@timestamp', 'event.ingested', 'uin.keyword'];
const DATE = { type: 'date' } as const;
const EVENT = { properties: { ingested: DATE } } as const;
const UIN = { type: 'text', fields: { keyword: { type: 'keyword' } } } as const;
const PROPERTIES: Record<string, estypes.MappingProperty> = { '@timestamp': DATE, event: EVENT, uin: UIN };

const digestOf = (mappings: estypes.MappingTypeMapping, index: object = {}): string =>
  mappingDigest({ mappings: { properties: PROPERTIES, ...mappings }, settings: { index } }, FIELDS);
const withProperties = (more: Record<string, object>): estypes.MappingTypeMapping => ({
  properties: { ...PROPERTIES, ...more } as Record<string, estypes.MappingProperty>,
});
const script = { source: 'emit(0L)' };

test.each<[string, estypes.MappingTypeMapping, object?]>([
  ['a run-time field of the name', { runtime: { '@timestamp': { ...DATE, script } } }],
  ['a run-time field of the name of an object', { runtime: { event: { type: 'composite', script } } }],
  ['a run-time field of a metadata name', { runtime: { _index: { type: 'keyword', script } } }],
  ['whether the mapping takes fields', { dynamic: false }],
  ['whether it is enabled', { enabled: false }],
  ['what it keeps', { _source: { excludes: ['event'] } }],
  ['the field', withProperties({ '@timestamp': { ...DATE, ignore_malformed: true } })],
  ['the object', withProperties({ event: { ...EVENT, dynamic: false } })],
  ['that the object is nested', withProperties({ event: { ...EVENT, type: 'nested' } })],
  ['a name with a dot', withProperties({ 'event.ingested': DATE })],
  ['what is copied into it', withProperties({ made: { ...DATE, copy_to: ['event.ingested'] } })],
  ['what is copied into its parent', withProperties({ made: { type: 'text', copy_to: 'uin' } })],
  ['a sub-field', withProperties({ uin: { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 9 } } } })],
  ['what happens beyond the limit', {}, { mapping: { total_fields: { ignore_dynamic_beyond_limit: 'true' } } }],
])('the digest of a mapping depends on %s', (_, mappings, index) => {
  expect(digestOf(mappings, index)).not.toBe(digestOf({}));
});

test.each<[string, estypes.MappingTypeMapping, object?]>([
  ['another field', withProperties({ room: { type: 'keyword', copy_to: ['all'] } })],
  ['another field in the object', withProperties({ event: { properties: { ingested: DATE, made: DATE } } })],
  ['another run-time field', { runtime: { made: { ...DATE, script } } }],
  ['how new fields are mapped', { dynamic_templates: [], date_detection: false }],
  ['another setting', {}, { refresh_interval: '1s' }],
  ['the order', { properties: { uin: UIN, event: EVENT, '@timestamp': DATE } }],
])('the digest of a mapping does not depend on %s', (_, mappings, index) => {
  expect(digestOf(mappings, index)).toBe(digestOf({}));
});
