import type { Category } from '../../policy/retention-policy.ts';
import { isUnreadable } from '../dates/date-field.ts';
import { unseenDates } from '../dates/unseen-dates.ts';
import type { Dating } from '../document-store.ts';
import type { FieldFacts, IndexDescription } from '../indices/index-description.ts';

const DATE_TYPES = new Set(['date', 'date_nanos']);

/** Whether a field is mapped and a script cannot read every date that documents have in it: text, a number, inside a nested object. */
const hidesDatesIn = (field: FieldFacts | undefined): boolean =>
  field !== undefined &&
  !(
    DATE_TYPES.has(field.type) &&
    field.searchable &&
    field.aggregatable &&
    (field.indirect === undefined || field.indirect === 'alias')
  );

/**
 * The same of a field by its name: also one that is read only in part, or that lies out of every search while `_source` proves nothing.
 * Where `_source` tells, each document is asked for itself.
 */
export const hidesDatesOf = (index: IndexDescription, name: string): boolean =>
  hidesDatesIn(index.fields.get(name)) ||
  (isUnreadable(index, name) && (index.fields.has(name) || unseenDates(index, name) === undefined));

/** Whether one of the category's date fields hides its dates in this index. */
export const hidesDates = (index: IndexDescription, { timestampField, ingestedField }: Category): boolean =>
  [timestampField, ingestedField].some((name) => hidesDatesOf(index, name));

/** Whether documents of the end of a feature can be told from new use there: a field dates them, and none hides a later date. */
export const tellsNewUse = ({ timestamp, ingested, hidesDates: hides }: Dating): boolean =>
  (timestamp || ingested) && hides !== true;

/** Whether the category's rule is told of the end of one application's use, and not only of accounts, which go whole. */
export const mayEndFeature = ({ rules: { termination } }: Category): boolean =>
  termination?.triggers.includes('feature-terminated') === true;
