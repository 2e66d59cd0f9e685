import type { DateField, UsableFields } from '../../criteria/due-criteria.ts';
import type { FieldFacts, IndexDescription } from '../../criteria/index-description.ts';
import { lostFromSource } from '../../criteria/source-facts.ts';
import { matchesPattern } from '../../policy/index-pattern.ts';
import type { Category, DateDecision } from '../../policy/retention-policy.ts';
import { isFormatReadInPart, precisionOf } from './date-format.ts';
import { flawsOf } from './field-flaws.ts';
import { arrivingDates, unseenDates } from './unseen-dates.ts';

/** The format of a date field whose mapping sets none. */
export const DEFAULT_FORMAT = 'strict_date_optional_time||epoch_millis';

const DATE_TYPES = new Set(['date', 'date_nanos']);

/** How the mapping adds values that are not the document's own; empty if it does not. */
const madeUpBy = ({ nullValue, copiedFrom = [], indexScript }: FieldFacts): readonly string[] => [
  ...(nullValue === undefined ? [] : ['with a null_value']),
  ...(copiedFrom.length === 0 ? [] : [`with values copied from ${copiedFrom.map((name) => `"${name}"`).join(', ')}`]),
  ...(indexScript === true ? ['with a script'] : []),
];

const isDateType = (field: FieldFacts | undefined): field is FieldFacts =>
  field !== undefined && DATE_TYPES.has(field.type);

/**
 * Whether the date in the index may differ from the date in the document. Then no range query shows the date in the
 * document.
 */
const isReadInPart = ({ format }: FieldFacts): boolean => format !== undefined && isFormatReadInPart(format);

const dateFlawsOf = (field: FieldFacts): readonly string[] => [
  ...flawsOf(field),
  ...madeUpBy(field),
  ...(isReadInPart(field) ? ['with a format that Elasticsearch reads only in part'] : []),
];

/**
 * Whether a field with this mapping can date a document: every value in the index comes from the document, and none is
 * missing.
 */
export const isDate = (field: FieldFacts | undefined): boolean => isDateType(field) && dateFlawsOf(field).length === 0;

/** Describes the mapping of a field, and why it does not date documents. */
export const describeDateField = (
  { fields, outOfSearch }: Pick<IndexDescription, 'fields' | 'outOfSearch'>,
  name: string,
): string => {
  const field = fields.get(name);
  const reason = outOfSearch?.get(name);
  if (field === undefined) return reason === undefined ? `"${name}" not mapped` : `"${name}" not indexed, ${reason}`;
  return [`"${name}" mapped as ${field.type}`, ...(isDateType(field) ? dateFlawsOf(field) : [])].join(', ');
};

/** Whether a field that dates nothing can still keep a document: a search finds its values, whatever their origin. */
const canKeep = (field: FieldFacts | undefined): boolean =>
  isDateType(field) &&
  !isDate(field) &&
  !isReadInPart(field) &&
  field.searchable &&
  (field.indirect ?? 'alias') === 'alias';

/** Whether documents may have values in a field that no search can compare with a date. */
export const isUnreadable = ({ fields, outOfSearch }: IndexDescription, name: string): boolean => {
  const field = fields.get(name);
  return field === undefined ? outOfSearch?.has(name) === true : !isDate(field) && !canKeep(field);
};

/** Whether a date written into documents would date them: the field is mapped as a date, or can be mapped as one. */
export const takesDates = ({ fields, outOfSearch }: IndexDescription, name: string): boolean =>
  fields.has(name) ? isDate(fields.get(name)) : outOfSearch?.has(name) !== true;

/** The decision of a person about the dates of this index; undefined if there is none. */
export const dateDecisionFor = (
  { name, dataStream = name }: Pick<IndexDescription, 'name' | 'dataStream'>,
  { dateDecisions }: Category,
): DateDecision | undefined =>
  dateDecisions.find(({ indices }) =>
    indices.some((pattern) => matchesPattern(name, pattern) || matchesPattern(dataStream, pattern)),
  );

/** The precision of the dates in a field, as far as its mapping shows it. */
const precisionIn = ({ fields, source, refusesScripts }: IndexDescription, name: string) => {
  const { format, path = name, copiedFrom = [], indirect, locale, aggregatable } = fields.get(name) ?? {};
  // Documents have the value under the name of the aliased field, not of the alias.
  if (indirect === 'alias') return precisionOf(format ?? DEFAULT_FORMAT, undefined);
  const paths = [path, ...copiedFrom];
  // Scripts read the values from doc values.
  const isTold =
    refusesScripts !== true &&
    aggregatable === true &&
    paths.every((each) => lostFromSource(source, each) === undefined);
  return format === undefined ? undefined : precisionOf(format, isTold ? paths : undefined, locale);
};

/** Which date fields of this index can be believed, and how far, by its mapping and by the decision of a person. */
export const dateFieldsOf = (
  description: IndexDescription,
  category: Category,
): Omit<UsableFields, 'account' | 'application'> => {
  const names = { timestamp: category.timestampField, ingested: category.ingestedField };
  const fields = ['timestamp', 'ingested'] as const;
  const dates = (field: DateField): boolean => isDate(description.fields.get(names[field]));
  const vetoes = fields.filter((field) => canKeep(description.fields.get(names[field])));
  const precise = fields.flatMap((field) => {
    const precision = dates(field) || vetoes.includes(field) ? precisionIn(description, names[field]) : undefined;
    return precision === undefined ? [] : [[field, precision] as const];
  });
  const date = dateDecisionFor(description, category)?.date ?? 'later';
  // If a person has decided for a date, and this date dates documents here, the other field does not matter.
  const isDecided = (field: DateField): boolean => date !== 'later' && date !== field && dates(date);
  const unreadable = fields.filter((field) => isUnreadable(description, names[field]) && !isDecided(field));
  const unmapped = fields.filter((field) => !description.fields.has(names[field]));
  const unseen = fields.flatMap((field) => {
    const isUnread = description.fields.has(names[field]) && !dates(field) && !vetoes.includes(field);
    const found = isUnread ? undefined : unseenDates(description, names[field]);
    return found === undefined ? [] : [[field, found] as const];
  });
  const arriving = unmapped.flatMap((field) => {
    const found = unreadable.includes(field) ? undefined : arrivingDates(description, names[field]);
    return found === undefined ? [] : [[field, found] as const];
  });
  return {
    timestamp: dates('timestamp'),
    ingested: dates('ingested'),
    ...(vetoes.length > 0 && { vetoes }),
    ...(unreadable.length > 0 && { unreadable }),
    ...(unmapped.length > 0 && { unmapped }),
    ...(fields.some((field) => description.fields.get(names[field])?.type === 'date_nanos') && {
      nanoseconds: true as const,
    }),
    ...(unseen.length > 0 && { unseen: Object.fromEntries(unseen) }),
    ...(arriving.length > 0 && { arriving: Object.fromEntries(arriving) }),
    ...(precise.length > 0 && { precision: Object.fromEntries(precise) }),
    ...(date !== 'later' && { decided: date }),
  };
};
