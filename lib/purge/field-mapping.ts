import type { Category } from '../policy/retention-policy.ts';
import { dateFieldsOf, describeDateField, isDate } from './date-field.ts';
import type { Dating, IndexDescription } from './document-store.ts';
import { InputError } from './errors.ts';
import type { Finding } from './finding.ts';
import { applicationField, identifierField } from './identifier-field.ts';
import { hidesDates, hidesDatesIn } from './new-use.ts';

/** Which of the category's fields can be believed in this index, by its own mapping. */
export const datingOf = (index: IndexDescription, category: Category): Dating => {
  const account = identifierField(index, category.accountField);
  const application = applicationField(index, category.applicationField);
  return {
    ...dateFieldsOf(index, category),
    ...(hidesDates(index, category) && { hidesDates: true as const }),
    ...(account !== undefined && { account }),
    ...(application !== undefined && { application }),
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
    found: describeDateField(ingestedField, field),
    wayOut: 'Reindex with a date mapping, or name another ingestedField in the policy.',
  });
};

/** Whether the category's rule asks if a document is newer than the end of use: an account that is deleted leaves nothing. */
const needsNewUse = ({ rules: { termination } }: Category): boolean =>
  termination?.triggers.includes('feature-terminated') === true;

/** Whether documents are to be told from new use, and no field there tells when they were. */
const hidesNewUse = (index: IndexDescription, category: Category): boolean => {
  const { timestamp, ingested } = datingOf(index, category);
  return needsNewUse(category) && !timestamp && !ingested;
};

const ingestedWayOut = (isInTheWay: boolean): string =>
  isInTheWay
    ? 'Reindex it with a plain date mapping, or name the right field as ingestedField in the policy; until then nothing there is erased for the end of a feature.'
    : 'Map it as date in new indices; until then it cannot date a document whose timestamp is missing or wrong.';

const dateFinding = (index: IndexDescription, category: Category, name: string): Finding | undefined => {
  const field = index.fields.get(name);
  const isTimestamp = name === category.timestampField;
  if (isDate(field) || (field === undefined && !(isTimestamp && hidesNewUse(index, category)))) return undefined;
  const isInTheWay = needsNewUse(category) && hidesDatesIn(field);
  return {
    code: isTimestamp ? 'timestamp-mapping' : 'ingested-mapping',
    severity: isTimestamp || isInTheWay ? 'blocking' : 'notice',
    index: index.name,
    expected: `"${name}" mapped as date or date_nanos, searchable, with doc values, and with the documents' own values`,
    found: describeDateField(name, field),
    wayOut: isTimestamp
      ? 'Reindex it with a plain date mapping, or name the right field as timestampField in the policy; until then this field dates nothing there.'
      : ingestedWayOut(isInTheWay),
  };
};

/** What is wrong with how the dates of one index that holds documents are mapped. */
export const mappingFindings = (index: IndexDescription, category: Category): readonly Finding[] =>
  category.rules.age === undefined && !needsNewUse(category)
    ? []
    : [category.timestampField, category.ingestedField]
        .map((name) => dateFinding(index, category, name))
        .filter((finding) => finding !== undefined);
