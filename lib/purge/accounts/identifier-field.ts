import { flawsOf } from '../dates/field-flaws.ts';
import { type IdentifierField, LONGEST_IDENTIFIER } from '../document-store.ts';
import type { FieldFacts, IndexDescription } from '../indices/index-description.ts';
import { lostFromSource } from '../indices/source-facts.ts';

/** From where to where numbers of an integer type lie. A `terms` query with another one is refused as a whole. */
const RANGES: Readonly<Record<string, readonly [smallest: bigint, largest: bigint]>> = {
  byte: [-128n, 127n],
  short: [-32_768n, 32_767n],
  integer: [-2_147_483_648n, 2_147_483_647n],
  long: [-9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n],
  // A script sees those beyond as negative numbers.
  unsigned_long: [0n, 9_223_372_036_854_775_807n],
};
/** As JSON writes an integer, and no other way: neither `007` nor `-0`. */
const INTEGER = /^(?:0|-?[1-9]\d{0,19})$/;

/** Whether a field of that type takes numbers only, and takes `007` and `7.9` for 7. */
export const isInteger = (type: string): boolean => type in RANGES;

/** Types that hold an identifier as a whole. */
export const EXACT_TYPES: ReadonlySet<string> = new Set(['keyword', 'constant_keyword', ...Object.keys(RANGES)]);

/** What holds fields and is none: documents have an object there. */
export const OBJECT_TYPES: ReadonlySet<string> = new Set(['object', 'nested', 'passthrough']);

/** How the mapping fills a field with what is not the document's own. */
const madeUp = ({ copiedFrom = [], indexScript }: FieldFacts): readonly string[] => [
  ...(copiedFrom.length === 0 ? [] : [`filled by copy_to from ${copiedFrom.map((name) => `"${name}"`).join(', ')}`]),
  ...(indexScript === true ? ['filled by a script'] : []),
];

/** Whether `_source` has what a document was sent with in this field, and says whose it is. */
const isProven = (index: IndexDescription, name: string, field: FieldFacts | undefined): boolean =>
  field?.type !== 'constant_keyword' && lostFromSource(index.source, field?.path ?? name) === undefined;

/** What keeps identifiers from being found by a field of the right type. */
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

/** What is wrong with a field that should hold identifiers, in words. */
export const describeIdentifier = (index: IndexDescription, name: string): string => {
  const field = index.fields.get(name);
  const reason = index.outOfSearch?.get(name);
  if (field === undefined) return reason === undefined ? `"${name}" not mapped` : `"${name}" not indexed, ${reason}`;
  const flaws = EXACT_TYPES.has(field.type) ? identifierFlaws(index, name, field) : madeUp(field);
  return [`"${name}" mapped as ${field.type}`, ...flaws].join(', ');
};

/** How identifiers are found by this field in one index; undefined when they cannot be. */
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
 * The same of the field that names an application. It is read in documents that their account has found, so that where `_source`
 * has it, any mapping will do.
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
 * Whether a search by this field finds every document of that account, and only those: an integer field holds no `007`, which it
 * would take for 7, and where `_source` does not tell them apart it is not asked at all.
 */
export const canHold = ({ type, path, longest = LONGEST_IDENTIFIER }: IdentifierField, identifier: string): boolean => {
  const range = RANGES[type];
  if (range === undefined) return identifier.length <= longest;
  if (path === undefined || !INTEGER.test(identifier)) return false;
  const [smallest, largest] = range;
  return smallest <= BigInt(identifier) && BigInt(identifier) <= largest;
};

/** Whether an application can be told in documents of its account. */
export const canTell = (field: IdentifierField, identifier: string): boolean =>
  field.path !== undefined || canHold(field, identifier);
