import { InputError } from '../base/errors.ts';
import type { UsableFields } from '../criteria/due-criteria.ts';
import type { Finding } from '../criteria/finding.ts';
import type { IndexDescription } from '../criteria/index-description.ts';
import type { Category } from '../policy/retention-policy.ts';
import { applicationField, identifierField, OBJECT_TYPES } from './accounts/identifier-field.ts';
import { hidesDates, hidesDatesOf, mayEndFeature } from './accounts/new-use.ts';
import { dateFieldsOf, describeDateField, isDate, isUnreadable, takesDates } from './dates/date-field.ts';
import { mappingNeedsOf } from './rule-kinds.ts';

/** Which of the category's fields can be believed in this index, by its mapping. */
export const usableFieldsOf = (index: IndexDescription, category: Category): UsableFields => {
  const account = identifierField(index, category.accountField);
  const application =
    category.applicationField === undefined ? undefined : applicationField(index, category.applicationField);
  return {
    ...dateFieldsOf(index, category),
    ...(hidesDates(index, category) && { hidesDates: true as const }),
    ...(account !== undefined && { account }),
    ...(application !== undefined && { application }),
  };
};

/**
 * The same, after the ingested field has been mapped as a date.
 * @throws InputError if it is mapped as something else, which a mapping update cannot change.
 */
export const usableWithIngested = (
  { description, usable }: { readonly description: IndexDescription; readonly usable: UsableFields },
  ingestedField: string,
): UsableFields => {
  if (takesDates(description, ingestedField)) {
    const { unmapped = [], ...rest } = usable;
    const left = unmapped.filter((field) => field !== 'ingested');
    return { ...rest, ingested: true, ...(left.length > 0 && { unmapped: left }) };
  }
  throw new InputError('ingested-mapping', {
    expected: `"${ingestedField}" of ${description.name} mapped as date, or not mapped yet`,
    found: describeDateField(description, ingestedField),
    fix: 'Reindex with a date mapping, or name another ingestedField in the policy.',
  });
};

/** Whether new use must be recognized here, but no field shows when documents were written. */
const hidesNewUse = (index: IndexDescription, category: Category): boolean => {
  const { timestamp, ingested } = usableFieldsOf(index, category);
  return mayEndFeature(category) && !timestamp && !ingested;
};

/** The effect of a date field that dates nothing in an index. */
interface CategoryUse {
  readonly isTimestamp: boolean;
  /** Documents have or may have an object in its place. */
  readonly isObject: boolean;
  /** It blocks every deletion by age. */
  readonly holdsAge: boolean;
  /** It blocks every erasure after the end of a feature. */
  readonly holdsNewUse: boolean;
  /** The field cannot be read, but a person has decided that the other field counts. */
  readonly isDecided: boolean;
}

const fixOf = (
  { isTimestamp, isObject, holdsAge, holdsNewUse, isDecided }: CategoryUse,
  { name }: IndexDescription,
  category: Category,
): string => {
  const key = isTimestamp ? 'timestampField' : 'ingestedField';
  // A date field rejects a document that has an object in its place.
  const fit = isObject ? ', with the objects there under another name' : '';
  const reindex = `Reindex it with a plain date mapping${fit}, or name the right field as ${key} in the policy`;
  if (holdsAge)
    return `${reindex}; until then nothing in ${name} is deleted by age, since a live date of this field would not be seen. Where the other field is mapped as a date and is enough, decide so under dateDecisions of "${category.id}" (date: ${isTimestamp ? 'ingested' : 'timestamp'}).`;
  if (holdsNewUse) return `${reindex}; until then nothing there is erased for the end of a feature.`;
  if (isDecided) return 'The other field counts there, as the policy decides.';
  return isTimestamp
    ? `${reindex}; until then this field dates nothing there.`
    : 'Map it as date in new indices; until then it cannot date a document whose timestamp is missing or wrong.';
};

const dateFinding = (index: IndexDescription, category: Category, name: string): Finding | undefined => {
  const field = index.fields.get(name);
  const isTimestamp = name === category.timestampField;
  const cannotRead = isUnreadable(index, name);
  const isUnmapped = field === undefined && !cannotRead;
  if (isDate(field) || (isUnmapped && !(isTimestamp && hidesNewUse(index, category)))) return undefined;
  const isOpen = usableFieldsOf(index, category).unreadable?.includes(isTimestamp ? 'timestamp' : 'ingested') === true;
  const status: CategoryUse = {
    isTimestamp,
    isObject: field !== undefined && OBJECT_TYPES.has(field.type),
    holdsAge: isOpen && mappingNeedsOf(category).datesDecide.has('age'),
    holdsNewUse: mayEndFeature(category) && hidesDatesOf(index, name),
    isDecided: cannotRead && !isOpen,
  };
  const isBlocking = status.holdsAge || status.holdsNewUse || (isTimestamp && !status.isDecided);
  return {
    code: isTimestamp ? 'timestamp-mapping' : 'ingested-mapping',
    severity: isBlocking ? 'blocking' : 'notice',
    index: index.name,
    expected: `"${name}" mapped as date or date_nanos, searchable, with doc values, and with the documents' own values`,
    found: describeDateField(index, name),
    fix: fixOf(status, index, category),
  };
};

/** Findings about the mapping of dates in one index that holds documents. */
export const mappingFindings = (index: IndexDescription, category: Category): readonly Finding[] =>
  mappingNeedsOf(category).datesDecide.size === 0
    ? []
    : [category.timestampField, category.ingestedField]
        .map((name) => dateFinding(index, category, name))
        .filter((finding) => finding !== undefined);
