import type { estypes } from '@elastic/elasticsearch';
import { lineageOf, ownValue } from '../../../base/objects.ts';
import type { FieldFacts } from '../../../criteria/index-description.ts';
import { OBJECTS } from '../query/out-of-search.ts';
import { type FlatBranch, hasPassthrough } from '../query/subobjects.ts';

type Fields = estypes.FieldCapsResponse['fields'];
/** Field mappings of one index, as `GET <index>/_mapping/field` returns them. */
export type FieldMappings = estypes.IndicesGetFieldMappingTypeFieldMappings['mappings'];

type Runtime = NonNullable<estypes.MappingTypeMapping['runtime']>;

/** The parts of a field's mapping that matter here, including defaults. */
export interface Property {
  readonly type?: string;
  readonly normalizer?: string | null;
  readonly ignore_above?: number;
  readonly ignore_malformed?: boolean;
  readonly null_value?: string | number | boolean | null;
  readonly fields?: Readonly<Record<string, { readonly type?: string; readonly normalizer?: string | null }>>;
  readonly script?: object | null;
  readonly format?: string;
  readonly index?: boolean | string;
  readonly doc_values?: boolean | string;
  readonly locale?: string;
  /** For an alias: the field that it names. */
  readonly path?: string;
}

const propertyOf = (mappings: FieldMappings, field: string): Property | undefined =>
  Object.values(ownValue(mappings, field)?.mapping ?? {})[0] as Property | undefined;

/**
 * A property of a type in one index, from `field_caps`. If indices differ, it says false for all of them and lists
 * those for which it is true.
 */
const appliesTo = (everywhere: boolean, exceptIn: estypes.Indices | undefined, index: string): boolean =>
  everywhere || (exceptIn !== undefined && ![exceptIn].flat().includes(index));

/** `indices` is absent if the field has that type in every index. */
const typeIn = (index: string, byType: Fields[string] | undefined): estypes.FieldCapsFieldCapability | undefined =>
  Object.values(byType ?? {}).find(
    ({ type, indices }) => type !== 'unmapped' && (indices === undefined || [indices].flat().includes(index)),
  );

const isNested = (index: string, field: string, fields: Fields): boolean =>
  lineageOf(field).some((name) => typeIn(index, ownValue(fields, name))?.type === 'nested');

/** A run-time field may be part of a composite field, which has the name of the parent object. */
export const isRuntime = (field: string, runtime: Runtime): boolean =>
  lineageOf(field).some((name) => Object.hasOwn(runtime, name));

/** The source of the values of a field without a mapping; undefined if the field has a mapping. */
const computedBy = (
  field: string,
  mappings: FieldMappings | undefined,
  whole: estypes.MappingTypeMapping,
): FieldFacts['indirect'] => {
  if (isRuntime(field, whole.runtime ?? {})) return 'runtime';
  if (mappings === undefined || propertyOf(mappings, field) !== undefined) return undefined;
  return hasPassthrough(whole as FlatBranch) ? 'passthrough' : 'runtime';
};

const keywordsOf = (field: string, { fields = {} }: Property): readonly string[] =>
  Object.entries(fields).flatMap(([name, { type, normalizer }]) =>
    type === 'keyword' && normalizer == null ? [`${field}.${name}`] : [],
  );

/** The facts that a field's own mapping states. */
export const mappedFacts = (field: string, property: Property) => {
  const { normalizer, ignore_above, ignore_malformed, null_value, script, format, locale = 'en' } = property;
  const keywords = keywordsOf(field, property);
  return {
    ...(normalizer != null && { normalizer }),
    ...(ignore_above !== undefined && { ignoreAbove: ignore_above }),
    ...(ignore_malformed !== undefined && { ignoresMalformed: ignore_malformed }),
    ...(null_value != null && { nullValue: `${null_value}` }),
    ...(script != null && { indexScript: true as const }),
    ...(format !== undefined && { format }),
    ...(locale !== 'en' && { locale }),
    ...(keywords.length > 0 && { keywords }),
  };
};

/** The parent of a sub-field, whose values it has: `uin` of `uin.keyword`. A parent object does not count. */
const parentOf = (mappings: FieldMappings, field: string): string | undefined => {
  const parent = field.slice(0, Math.max(0, field.lastIndexOf('.')));
  return ownValue(propertyOf(mappings, parent)?.fields, field.slice(parent.length + 1)) === undefined
    ? undefined
    : parent;
};

/**
 * Fields whose values are copied into a field, under its name or its parent's name.
 * @param branch the mapping, reduced to branches with `copy_to`.
 */
export const copiedInto = (targets: readonly string[], branch: object, path = ''): readonly string[] =>
  Object.entries((branch as { properties?: Record<string, object> }).properties ?? {}).flatMap(([name, property]) => {
    const { copy_to: to = [] } = property as { copy_to?: string | readonly string[] };
    const own = [to].flat().some((target) => targets.includes(target)) ? [`${path}${name}`] : [];
    return [...own, ...copiedInto(targets, property, `${path}${name}.`)];
  });

/** A branch of a mapping with the formats of its date fields. */
interface FormatBranch {
  readonly format?: string;
  readonly properties?: Readonly<Record<string, FormatBranch>>;
  readonly fields?: Readonly<Record<string, FormatBranch>>;
}

/** The format of the field that an alias names, if it has its own. */
const formatAt = ({ properties, fields }: FormatBranch, path: string): string | undefined => {
  const inside = Object.entries({ ...properties, ...fields });
  return (
    inside.find(([name]) => name === path)?.[1].format ??
    inside
      .filter(([name]) => path.startsWith(`${name}.`))
      .map(([name, child]) => formatAt(child, path.slice(name.length + 1)))
      .find((format) => format !== undefined)
  );
};

/** The facts about an object with the name of a field: no search finds the values of documents there. */
export const objectFacts = (type: string): FieldFacts => ({ type, searchable: false, aggregatable: false });

/** The field that an alias names; undefined if the field is not an alias. */
export const aliasTarget = (mappings: FieldMappings, field: string): string | undefined => {
  const { type, path } = propertyOf(mappings, field) ?? {};
  return type === 'alias' ? path : undefined;
};

/** The mapping information that an index returned. */
interface ReturnedMappings {
  readonly index: string;
  readonly fields: Fields;
  readonly mappings: FieldMappings | undefined;
  readonly whole: estypes.MappingTypeMapping;
}

/** The obstacle between a field and the document's values, if there is one. */
const indirectionOf = (
  field: string,
  property: Property | undefined,
  { index, fields, mappings, whole }: ReturnedMappings,
): FieldFacts['indirect'] => {
  const computed = computedBy(field, mappings, whole);
  if (computed !== undefined) return computed;
  if (property?.type === 'alias') return 'alias';
  return isNested(index, field, fields) ? 'nested' : undefined;
};

/** The facts about one field; undefined if the index does not have it. */
const factsOf = (field: string, told: ReturnedMappings): FieldFacts | undefined => {
  const { index, fields, mappings, whole } = told;
  const caps = typeIn(index, ownValue(fields, field));
  if (caps === undefined) return undefined;
  if (OBJECTS.has(caps.type)) return objectFacts(caps.type);
  const property = mappings && propertyOf(mappings, field);
  const parent = mappings && parentOf(mappings, field);
  const copiedFrom = copiedInto([field, ...(parent === undefined ? [] : [parent])], whole);
  const indirect = indirectionOf(field, property, told);
  const named = property?.type === 'alias' ? formatAt(whole as FormatBranch, property.path ?? '') : undefined;
  return {
    type: caps.type,
    searchable: appliesTo(caps.searchable, caps.non_searchable_indices, index),
    aggregatable: appliesTo(caps.aggregatable, caps.non_aggregatable_indices, index),
    ...(indirect && { indirect }),
    ...(property && mappedFacts(field, property)),
    ...(named !== undefined && { format: named }),
    ...(parent !== undefined && { path: parent }),
    ...(copiedFrom.length > 0 && { copiedFrom }),
  };
};

/**
 * The facts about the fields of one index.
 * @param mappings of these fields; undefined if they were not returned.
 * @param whole parts of the index's whole mapping: run-time fields (which override mapped ones of the same name), every
 *   `copy_to` and every `format`.
 */
export const fieldFacts = (
  index: string,
  { fields }: Pick<estypes.FieldCapsResponse, 'fields'> = { fields: {} },
  mappings?: FieldMappings,
  whole: estypes.MappingTypeMapping = {},
): ReadonlyMap<string, FieldFacts> => {
  const told = { index, fields, mappings, whole };
  return new Map(
    Object.keys(fields).flatMap((field) => {
      const facts = factsOf(field, told);
      return facts === undefined ? [] : [[field, facts] as const];
    }),
  );
};
