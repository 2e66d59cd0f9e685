import { matchesPattern } from '../policy/index-pattern.ts';
import type { Category, DateDecision } from '../policy/retention-policy.ts';
import { type Dating, type FieldFacts, type IndexDescription, LONGEST_IDENTIFIER } from './document-store.ts';
import { InputError } from './errors.ts';
import type { Finding } from './finding.ts';

const DATE_TYPES = new Set(['date', 'date_nanos']);
const EXACT_TYPES = new Set(['keyword', 'constant_keyword', 'long', 'unsigned_long', 'integer', 'short', 'byte']);

const INDIRECT = {
  alias: 'an alias of another field',
  runtime: 'a run-time field',
  nested: 'inside a nested object',
} as const satisfies Record<NonNullable<FieldFacts['indirect']>, string>;

/** What keeps a field of the right type from being believed; empty when nothing does. */
const flawsOf = ({ indirect, searchable, aggregatable }: FieldFacts): readonly string[] => [
  ...(indirect === undefined ? [] : [INDIRECT[indirect]]),
  ...(searchable ? [] : ['not searchable']),
  ...(aggregatable ? [] : ['without doc values']),
];

/** The same of a field in which every value must be found, and no other one for it. */
const inexactnessOf = (field: FieldFacts): readonly string[] => {
  const { normalizer, ignoreAbove = LONGEST_IDENTIFIER, ignoresMalformed } = field;
  return [
    ...flawsOf(field),
    ...(normalizer === undefined ? [] : [`with normalizer "${normalizer}"`]),
    ...(ignoreAbove < LONGEST_IDENTIFIER ? [`with ignore_above ${ignoreAbove}`] : []),
    ...(ignoresMalformed === true ? ['with ignore_malformed'] : []),
  ];
};

const isDate = (field: FieldFacts | undefined): boolean =>
  field !== undefined && DATE_TYPES.has(field.type) && flawsOf(field).length === 0;

const isExact = (field: FieldFacts | undefined): field is FieldFacts =>
  field !== undefined && EXACT_TYPES.has(field.type) && inexactnessOf(field).length === 0;

/** What a person decided about the dates of this index; undefined when nobody did. */
export const dateDecisionFor = (
  { name, dataStream = name }: Pick<IndexDescription, 'name' | 'dataStream'>,
  { dateDecisions }: Category,
): DateDecision | undefined =>
  dateDecisions.find(({ indices }) =>
    indices.some((pattern) => matchesPattern(name, pattern) || matchesPattern(dataStream, pattern)),
  );

/** Which of the category's fields can be believed in this index, by its own mapping. */
export const datingOf = (description: IndexDescription, category: Category): Dating => {
  const { fields } = description;
  const account = fields.get(category.accountField);
  const application = fields.get(category.applicationField);
  const decision = dateDecisionFor(description, category);
  return {
    timestamp: isDate(fields.get(category.timestampField)),
    ingested: isDate(fields.get(category.ingestedField)),
    ...(decision !== undefined && decision.date !== 'later' && { decided: decision.date }),
    ...(isExact(account) && { account: account.type }),
    ...(isExact(application) && { application: application.type }),
  };
};

/**
 * The same once the ingested field is mapped as a date.
 * @throws InputError when it is mapped as something else, which a mapping update cannot change.
 */
export const datingWithIngested = (
  { description, dating }: { readonly description: IndexDescription; readonly dating: Dating },
  ingestedField: string,
): Dating => {
  const field = description.fields.get(ingestedField);
  if (field === undefined || isDate(field)) return { ...dating, ingested: true };
  throw new InputError('ingested-mapping', {
    expected: `"${ingestedField}" of ${description.name} mapped as date, or not mapped yet`,
    found: dateField(ingestedField, field),
    wayOut: 'Reindex with a date mapping, or name another ingestedField in the policy.',
  });
};

/** Whether the category's rule asks if a document is newer than the end of use: an account that is deleted leaves nothing. */
const needsNewUse = ({ rules: { termination } }: Category): boolean =>
  termination?.triggers.includes('feature-terminated') === true;

const describeField = (name: string, field: FieldFacts | undefined, flaws: (field: FieldFacts) => readonly string[]) =>
  field === undefined ? `"${name}" not mapped` : [`"${name}" mapped as ${field.type}`, ...flaws(field)].join(', ');

const dateField = (name: string, field: FieldFacts | undefined): string =>
  describeField(name, field, (known) => (DATE_TYPES.has(known.type) ? flawsOf(known) : []));

const accountField = (name: string, field: FieldFacts | undefined): string =>
  describeField(name, field, (known) => (EXACT_TYPES.has(known.type) ? inexactnessOf(known) : []));

/** Whether documents are to be told from new use, and no field there tells when they were. */
const hidesNewUse = (index: IndexDescription, category: Category): boolean => {
  const { timestamp, ingested } = datingOf(index, category);
  return needsNewUse(category) && !timestamp && !ingested;
};

const dateFinding = (index: IndexDescription, category: Category, name: string): Finding | undefined => {
  const field = index.fields.get(name);
  const isTimestamp = name === category.timestampField;
  if (isDate(field) || (field === undefined && !(isTimestamp && hidesNewUse(index, category)))) return undefined;
  return {
    code: isTimestamp ? 'timestamp-mapping' : 'ingested-mapping',
    severity: isTimestamp ? 'blocking' : 'notice',
    index: index.name,
    expected: `"${name}" mapped as date or date_nanos, searchable, with doc values`,
    found: dateField(name, field),
    wayOut: isTimestamp
      ? 'Reindex it with a date mapping, or name the right field as timestampField in the policy; until then this field dates nothing there.'
      : 'Map it as date in new indices; until then it cannot date a document whose timestamp is missing or wrong.',
  };
};

const accountFinding = (index: IndexDescription, category: Category, name: string): Finding | undefined => {
  const field = index.fields.get(name);
  if (isExact(field)) return undefined;
  const needed = category.rules.termination !== undefined;
  return {
    code: 'account-mapping',
    severity: needed ? 'blocking' : 'notice',
    index: index.name,
    expected: `"${name}" mapped as keyword without a normalizer, or as an integer, searchable, with doc values, every value indexed`,
    found: accountField(name, field),
    wayOut: `An account could not be found there exactly (an unmapped field finds nothing, and says so to nobody): reindex with a keyword mapping, or name the right field in the policy.${needed ? '' : ' The age rule does not need it.'}`,
  };
};

/** What is wrong with the mappings of one index that holds documents. */
export const mappingFindings = (index: IndexDescription, category: Category): readonly Finding[] =>
  [
    ...(category.rules.age !== undefined || needsNewUse(category)
      ? [dateFinding(index, category, category.timestampField), dateFinding(index, category, category.ingestedField)]
      : []),
    accountFinding(index, category, category.accountField),
    accountFinding(index, category, category.applicationField),
  ].filter((finding) => finding !== undefined);
