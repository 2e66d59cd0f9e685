import { matchesPattern } from '../policy/index-pattern.ts';
import type { Category, DateDecision } from '../policy/retention-policy.ts';
import { precisionOf } from './date-precision.ts';
import type { DateField, Dating, FieldFacts, IndexDescription } from './document-store.ts';
import { flawsOf } from './field-flaws.ts';
import { lostFromSource } from './source-facts.ts';

/** Of date fields whose mapping names none. */
export const DEFAULT_FORMAT = 'strict_date_optional_time||epoch_millis';

const DATE_TYPES = new Set(['date', 'date_nanos']);

/** How the mapping makes up values that are not the document's own; empty when it does not. */
const madeUpBy = ({ nullValue, copiedFrom = [], indexScript }: FieldFacts): readonly string[] => [
  ...(nullValue === undefined ? [] : ['with a null_value']),
  ...(copiedFrom.length === 0 ? [] : [`with values copied from ${copiedFrom.map((name) => `"${name}"`).join(', ')}`]),
  ...(indexScript === true ? ['with a script'] : []),
];

const isDateType = (field: FieldFacts | undefined): field is FieldFacts =>
  field !== undefined && DATE_TYPES.has(field.type);

/** Whether a field of such a mapping can date a document: every value in the index is the document's own, and all are there. */
export const isDate = (field: FieldFacts | undefined): boolean =>
  isDateType(field) && flawsOf(field).length === 0 && madeUpBy(field).length === 0;

/** A field's mapping in words, with what keeps it from dating documents. */
export const describeDateField = (name: string, field: FieldFacts | undefined): string =>
  field === undefined
    ? `"${name}" not mapped`
    : [`"${name}" mapped as ${field.type}`, ...(isDateType(field) ? [...flawsOf(field), ...madeUpBy(field)] : [])].join(
        ', ',
      );

/** Whether a field that dates nothing can keep a document: a search finds its values, whoever made them. */
const canKeep = (field: FieldFacts | undefined): boolean =>
  isDateType(field) && !isDate(field) && field.searchable && (field.indirect ?? 'alias') === 'alias';

/** What a person decided about the dates of this index; undefined when nobody did. */
export const dateDecisionFor = (
  { name, dataStream = name }: Pick<IndexDescription, 'name' | 'dataStream'>,
  { dateDecisions }: Category,
): DateDecision | undefined =>
  dateDecisions.find(({ indices }) =>
    indices.some((pattern) => matchesPattern(name, pattern) || matchesPattern(dataStream, pattern)),
  );

/** How precisely the dates of a field are written, as far as its mapping tells. */
const precisionIn = ({ fields, source, refusesScripts }: IndexDescription, name: string) => {
  const { format, path = name, indirect } = fields.get(name) ?? {};
  // An alias does not tell the format of what it names.
  if (indirect === 'alias') return precisionOf(DEFAULT_FORMAT, undefined);
  const isTold = refusesScripts !== true && lostFromSource(source, path) === undefined;
  return format === undefined ? undefined : precisionOf(format, isTold ? path : undefined);
};

/** Which date fields of this index can be believed, and how far, by its own mapping and by what a person decided. */
export const dateFieldsOf = (
  description: IndexDescription,
  category: Category,
): Pick<Dating, DateField | 'vetoes' | 'nanoseconds' | 'precision' | 'decided'> => {
  const names = { timestamp: category.timestampField, ingested: category.ingestedField };
  const fields = ['timestamp', 'ingested'] as const;
  const dates = (field: DateField): boolean => isDate(description.fields.get(names[field]));
  const vetoes = fields.filter((field) => canKeep(description.fields.get(names[field])));
  const precise = fields.flatMap((field) => {
    const precision = dates(field) || vetoes.includes(field) ? precisionIn(description, names[field]) : undefined;
    return precision === undefined ? [] : [[field, precision] as const];
  });
  const date = dateDecisionFor(description, category)?.date ?? 'later';
  return {
    timestamp: dates('timestamp'),
    ingested: dates('ingested'),
    ...(vetoes.length > 0 && { vetoes }),
    ...(fields.some((field) => description.fields.get(names[field])?.type === 'date_nanos') && {
      nanoseconds: true as const,
    }),
    ...(precise.length > 0 && { precision: Object.fromEntries(precise) }),
    ...(date !== 'later' && { decided: date }),
  };
};
