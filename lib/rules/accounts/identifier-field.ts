import { type IdentifierField, LONGEST_IDENTIFIER } from '../../criteria/due-criteria.ts';
import type { FieldFacts, IndexDescription } from '../../criteria/index-description.ts';
import { lostFromSource } from '../../criteria/source-facts.ts';
import { flawsOf } from '../dates/field-flaws.ts';

/** The range of each integer type. Elasticsearch rejects a `terms` query that contains a number outside it. */
const RANGES: Readonly<Record<string, readonly [smallest: bigint, largest: bigint]>> = {
  byte: [-128n, 127n],
  short: [-32_768n, 32_767n],
  integer: [-2_147_483_648n, 2_147_483_647n],
  long: [-9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n],
  // Scripts read larger values as negative numbers.
  unsigned_long: [0n, 9_223_372_036_854_775_807n],
};
/** An integer exactly as JSON writes it: neither `007` nor `-0`. */
const INTEGER = /^(?:0|-?[1-9]\d{0,19})$/;

/** Whether a field of that type accepts only numbers, and reads `007` and `7.9` as 7. */
export const isInteger = (type: string): boolean => type in RANGES;

/** Field types that hold an identifier unchanged. */
export const EXACT_TYPES: ReadonlySet<string> = new Set(['keyword', 'constant_keyword', ...Object.keys(RANGES)]);

/** Types that contain other fields. Documents have an object there. */
export const OBJECT_TYPES: ReadonlySet<string> = new Set(['object', 'nested', 'passthrough']);

/** How the mapping fills a field with values that are not the document's own. */
const madeUp = ({ copiedFrom = [], indexScript }: FieldFacts): readonly string[] => [
  ...(copiedFrom.length === 0 ? [] : [`filled by copy_to from ${copiedFrom.map((name) => `"${name}"`).join(', ')}`]),
  ...(indexScript === true ? ['filled by a script'] : []),
];

/** Whether `_source` still has the value that was sent for this field, so that it proves whose document it is. */
const isProven = (index: IndexDescription, name: string, field: FieldFacts | undefined): boolean =>
  field?.type !== 'constant_keyword' && lostFromSource(index.source, field?.path ?? name) === undefined;

/** Why a field of the right type does not find identifiers. */
const identifierFlaws = (index: IndexDescription, name: string, field: FieldFacts): readonly string[] => [
  ...flawsOf(field),
  ...(field.normalizer === undefined ? [] : [`with normalizer "${field.normalizer}"`]),
  ...madeUp(field),
  ...(field.nullValue === undefined || isProven(index, name, field)
    ? []
    : [`with null_value, which only _source tells from an account`]),
];

const isExact = (index: IndexDescription, name: string, field: FieldFacts | undefined): field is FieldFacts =>
  field !== undefined && EXACT_TYPES.has(field.type) && identifierFlaws(index, name, field).length === 0;

/** Describes the fault of a field that should contain identifiers. */
export const describeIdentifier = (index: IndexDescription, name: string): string => {
  const field = index.fields.get(name);
  const reason = index.outOfSearch?.get(name);
  if (field === undefined) return reason === undefined ? `"${name}" not mapped` : `"${name}" not indexed, ${reason}`;
  const flaws = EXACT_TYPES.has(field.type) ? identifierFlaws(index, name, field) : madeUp(field);
  return [`"${name}" mapped as ${field.type}`, ...flaws].join(', ');
};

/** How this field finds identifiers in one index; undefined if it cannot. */
export const identifierField = (index: IndexDescription, name: string): IdentifierField | undefined => {
  const field = index.fields.get(name);
  if (!isExact(index, name, field)) return undefined;
  const { type, path = name, ignoreAbove, nullValue } = field;
  return {
    type,
    ...(isProven(index, name, field) && { path }),
    ...(ignoreAbove !== undefined && ignoreAbove < LONGEST_IDENTIFIER && { longest: ignoreAbove }),
    ...(nullValue !== undefined && { nullValue }),
  };
};

/**
 * The same for the field that names an application. It is read only in documents found by their account, so any mapping
 * will do if `_source` has the value.
 */
export const applicationField = (index: IndexDescription, name: string): IdentifierField | undefined => {
  const field = index.fields.get(name);
  const exact = identifierField(index, name);
  if (exact !== undefined) return exact.path === undefined && isInteger(exact.type) ? undefined : exact;
  const isElsewhere =
    field?.indirect === 'alias' ||
    field?.indirect === 'runtime' ||
    field?.indirect === 'passthrough' ||
    OBJECT_TYPES.has(field?.type ?? '') ||
    madeUp(field ?? NO_FIELD).length > 0;
  return isElsewhere || !isProven(index, name, field) ? undefined : { type: 'unsearched', path: field?.path ?? name };
};

const NO_FIELD: FieldFacts = { type: 'unmapped', searchable: false, aggregatable: false };

/**
 * Whether a search by this field finds every document of an account, and only those. An integer field reads `007` as 7;
 * it is not searched if `_source` cannot tell the two apart.
 */
export const canHold = ({ type, path, longest = LONGEST_IDENTIFIER }: IdentifierField, identifier: string): boolean => {
  const range = RANGES[type];
  if (range === undefined) return identifier.length <= longest;
  if (path === undefined || !INTEGER.test(identifier)) return false;
  const [smallest, largest] = range;
  return smallest <= BigInt(identifier) && BigInt(identifier) <= largest;
};

/** Whether documents of an account can be assigned to this application. */
export const canTell = (field: IdentifierField, identifier: string): boolean =>
  field.path !== undefined || canHold(field, identifier);
