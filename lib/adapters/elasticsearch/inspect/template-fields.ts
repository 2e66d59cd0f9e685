import type { estypes } from '@elastic/elasticsearch';
import { ownValue } from '../../../base/objects.ts';
import type { FieldFacts } from '../../../criteria/index-description.ts';
import type { RuleFields } from '../../../purge/document-store.ts';
import { EXACT_TYPES } from '../../../rules/accounts/identifier-field.ts';
import { DEFAULT_FORMAT, isDate } from '../../../rules/dates/date-field.ts';
import { OBJECTS, outOfSearch } from '../query/out-of-search.ts';
import { isRuntime, mappedFacts, type Property } from './field-facts.ts';
import { sourceFacts } from './index-source.ts';

/** The contribution of a template, or of one of its components, to a new index. */
export interface TemplatePart {
  readonly mappings?: estypes.MappingTypeMapping;
  readonly settings?: estypes.IndicesIndexSettings;
}

type Properties = Readonly<Record<string, object>>;

const propertyOf = (properties: Properties, field: string): Property | undefined =>
  ownValue(properties, field) ??
  Object.entries(properties)
    .filter(([name]) => field.startsWith(`${name}.`))
    .map(([name, property]) => {
      const { properties: inner = {} } = property as { readonly properties?: Properties };
      return propertyOf(inner, field.slice(name.length + 1));
    })
    .find((property) => property !== undefined);

/** Every `copy_to` in a mapping, including those of dynamic templates, which map fields that have no name yet. */
const copiesIn = (branch: unknown): readonly string[] =>
  typeof branch !== 'object' || branch === null
    ? []
    : Object.entries(branch).flatMap(([key, value]) =>
        key === 'copy_to' ? [value].flat().filter((target) => typeof target === 'string') : copiesIn(value),
      );

const isOn = (value: unknown): boolean => value === undefined || `${value}` === 'true';

/** The facts about the field in a new index; undefined if it would not exist, or would have no values of its own. */
const factsIn = (mappings: readonly estypes.MappingTypeMapping[], field: string): FieldFacts | undefined => {
  const definitions = mappings.flatMap(({ properties = {} }) => propertyOf(properties, field) ?? []);
  const property = definitions.at(-1);
  const isHidden = mappings.some(
    (mapping) => outOfSearch(field, mapping) !== undefined || isRuntime(field, mapping.runtime ?? {}),
  );
  // The last definition counts. An index with both an object and a field of that name cannot be created.
  if (property === undefined || isHidden || definitions.some(({ type = 'object' }) => OBJECTS.has(type)))
    return undefined;
  const { type = 'object', index, doc_values: docValues } = property;
  const isCopiedInto = mappings.some((mapping) => copiesIn(mapping).includes(field));
  return {
    type,
    searchable: isOn(index),
    aggregatable: isOn(docValues),
    format: DEFAULT_FORMAT,
    ...mappedFacts(field, property),
    ...(isCopiedInto && { copiedFrom: ['another field'] }),
  };
};

const isIdentifier = ({ type, searchable, aggregatable, ...made }: FieldFacts): boolean =>
  EXACT_TYPES.has(type) &&
  searchable &&
  aggregatable &&
  [made.normalizer, made.nullValue, made.copiedFrom, made.indexScript].every((each) => each === undefined);

/** Whether the rules cannot read such an index at all: it is hidden, or keeps no `_source`. */
const isUnread = ({ mappings = {}, settings = {} }: TemplatePart): boolean => {
  const index = settings.index ?? settings;
  return `${index.hidden}` === 'true' || sourceFacts({ mappings, settings: { index } }).source?.kept === 'disabled';
};

/**
 * Which of these fields the rules could read in an index made from all these parts. In doubt a field is left out: if
 * one part makes it unreadable, it stays out, even if a later part corrects it.
 * @param parts later parts override earlier parts.
 */
export const readableFields = (
  parts: readonly TemplatePart[],
  { dates, otherFields }: RuleFields,
): ReadonlySet<string> => {
  if (parts.some(isUnread)) return new Set();
  const mappings = parts.map((part) => part.mappings ?? {});
  return new Set([
    ...dates.filter((field) => isDate(factsIn(mappings, field))),
    ...otherFields.filter((field) => {
      const facts = factsIn(mappings, field);
      return facts !== undefined && isIdentifier(facts);
    }),
  ]);
};
