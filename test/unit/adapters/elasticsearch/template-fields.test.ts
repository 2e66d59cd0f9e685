import type { estypes } from '@elastic/elasticsearch';
import { expect, test } from 'vitest';
import { readableFields, type TemplatePart } from '../../../../lib/adapters/elasticsearch/inspect/template-fields.ts';
import { HIDING } from '../../../support/documents/hidden-fields.ts';

const FIELD = 'outer.inner.it';
const KINDS = [
  { kind: 'date', property: { type: 'date' }, fields: { dates: [FIELD], otherFields: [] } },
  { kind: 'account', property: { type: 'keyword' }, fields: { dates: [], otherFields: [FIELD] } },
] as const;

const isReadable = (kind: (typeof KINDS)[number], ...parts: TemplatePart[]): boolean =>
  readableFields(parts, kind.fields).has(FIELD);

const mapped = (property: object): estypes.MappingTypeMapping =>
  ({
    properties: { outer: { properties: { inner: { properties: { it: property } } } } },
  }) as estypes.MappingTypeMapping;

/** It never takes a template for one that maps a field when the field would have no values of its own in the index. */
test.each(KINDS.flatMap((kind) => HIDING.map(([way, mappingOf]) => ({ ...kind, way, mappingOf }))))(
  'a template hides a field ($kind): $way',
  ({ way, mappingOf, ...kind }) => {
    const hiding = { mappings: mappingOf('it', kind.property) };
    expect(isReadable(kind, hiding)).toBe(false);
    const plain = { mappings: mapped(kind.property) };
    expect(isReadable(kind, plain)).toBe(true);
    // What one part spoils counts, wherever it stands. An alias is replaced by what stands after it.
    if (!way.startsWith('an alias')) expect(isReadable(kind, hiding, plain)).toBe(false);
    expect(isReadable(kind, plain, hiding)).toBe(false);
  },
);

test.each(KINDS)('a template does not map a field ($kind) that is copied or computed from another one', (kind) => {
  const plain = { mappings: mapped(kind.property) };
  const copying = (mappings: object): TemplatePart => ({ mappings });
  for (const spoiling of [
    copying({ properties: { other: { type: 'date', copy_to: FIELD } } }),
    copying({ properties: { other: { properties: { deep: { type: 'keyword', copy_to: ['x', FIELD] } } } } }),
    copying({ properties: { other: { type: 'text', fields: { sub: { type: 'keyword', copy_to: [FIELD] } } } } }),
    copying({ dynamic_templates: [{ any: { match: '*', mapping: { type: 'date', copy_to: FIELD } } }] }),
    copying({ runtime: { [FIELD]: { type: 'date' } } }),
    copying({ runtime: { 'outer.inner': { type: 'composite', fields: { it: { type: 'date' } } } } }),
  ]) {
    expect(isReadable(kind, plain, spoiling)).toBe(false);
    expect(isReadable(kind, spoiling, plain)).toBe(false);
  }
});

test.each(KINDS)('the parameters of a field ($kind) decide whether a template maps it readably', (kind) => {
  const withParameters = (more: object): boolean =>
    isReadable(kind, { mappings: mapped({ ...kind.property, ...more }) });
  for (const more of [{}, { index: true, doc_values: 'true' }, { ignore_malformed: true }, { copy_to: 'elsewhere' }])
    expect(withParameters(more)).toBe(true);
  for (const more of [
    { index: 'false' },
    { doc_values: false },
    { null_value: '2020' },
    { script: 'emit(0L)' },
    { type: 'text' },
  ])
    expect(withParameters(more)).toBe(false);
});

test.each(KINDS)('a template does not map a field ($kind) if its index is hidden or without _source', (kind) => {
  const plain = { mappings: mapped(kind.property) };
  for (const part of [
    { settings: { index: { hidden: 'true' } } },
    { settings: { index: { mapping: { source: { mode: 'disabled' } } } } },
    { mappings: { _source: { enabled: false } } },
  ])
    expect(isReadable(kind, plain, part as TemplatePart)).toBe(false);
});
