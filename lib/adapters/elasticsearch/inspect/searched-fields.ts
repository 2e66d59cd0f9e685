import type { estypes } from '@elastic/elasticsearch';
import type { FieldFacts, IndexDescription } from '../../../criteria/index-description.ts';
import { notEnabled, objectAt, outOfSearch } from '../query/out-of-search.ts';
import { aliasTarget, type FieldMappings, objectFacts } from './field-facts.ts';

const objectNamed = (field: string, whole: estypes.MappingTypeMapping): FieldFacts | undefined => {
  const type = objectAt(field, whole);
  return type === undefined ? undefined : objectFacts(type);
};

const unsearchable = (facts: FieldFacts): FieldFacts => ({ ...facts, searchable: false, aggregatable: false });

/**
 * The facts about a mapped field; undefined if it counts as unmapped. A field whose documents use another name (an
 * alias of a field that is not enabled, a sub-field in an object that is not) counts as not searchable.
 */
const asSearched = (
  facts: FieldFacts,
  target: string | undefined,
  isOff: boolean,
  whole: estypes.MappingTypeMapping,
): FieldFacts | undefined => {
  if (isOff) return facts.path === undefined ? undefined : unsearchable(facts);
  return target === undefined || notEnabled(target, whole) === undefined ? facts : unsearchable(facts);
};

/**
 * The facts about the requested fields of one index. A field in an object that is not enabled has no values in the
 * index, whatever its mapping says; it counts as out of search, as if it were unmapped. An object is reported as such,
 * even if it is empty.
 * @param asked names of fields and their parent objects.
 * @param facts from the mappings of the fields alone.
 * @param mappings of the fields; undefined if they were not returned.
 * @param whole parts of the whole mapping: the parts that are not enabled, and the types of the parent objects.
 */
export const searchedFields = (
  asked: readonly string[],
  facts: ReadonlyMap<string, FieldFacts>,
  mappings: FieldMappings = {},
  whole: estypes.MappingTypeMapping = {},
): Pick<IndexDescription, 'fields' | 'outOfSearch' | 'insideValues'> => {
  const fields = new Map<string, FieldFacts>();
  const unsearched = new Map<string, string>();
  const inside = new Set<string>();
  for (const name of asked) {
    const off = notEnabled(name, whole);
    const described = facts.get(name) ?? objectNamed(name, whole);
    const known = described && asSearched(described, aliasTarget(mappings, name), off !== undefined, whole);
    const reason = off ?? outOfSearch(name, whole);
    if (known !== undefined) fields.set(name, known);
    else if (reason !== undefined) {
      unsearched.set(name, reason.words);
      if (reason.isValue) inside.add(name);
    }
  }
  return {
    fields,
    ...(unsearched.size > 0 && { outOfSearch: unsearched }),
    ...(inside.size > 0 && { insideValues: inside }),
  };
};
