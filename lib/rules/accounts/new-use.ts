import type { UsableFields } from '../../criteria/due-criteria.ts';
import type { FieldFacts, IndexDescription } from '../../criteria/index-description.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { isUnreadable } from '../dates/date-field.ts';
import { unseenDates } from '../dates/unseen-dates.ts';

const DATE_TYPES = new Set(['date', 'date_nanos']);

/**
 * Whether a script cannot read all dates of documents in this mapped field, because it is a text, a number, or inside a
 * nested object.
 */
const hidesDatesIn = (field: FieldFacts | undefined): boolean =>
  field !== undefined &&
  !(
    DATE_TYPES.has(field.type) &&
    field.searchable &&
    field.aggregatable &&
    (field.indirect === undefined || field.indirect === 'alias')
  );

/**
 * The same for a field by name. Also true for a field that is read only in part, or that no search reaches if `_source`
 * proves nothing. If `_source` is reliable, each document is checked by itself.
 */
export const hidesDatesOf = (index: IndexDescription, name: string): boolean =>
  hidesDatesIn(index.fields.get(name)) ||
  (isUnreadable(index, name) && (index.fields.has(name) || unseenDates(index, name) === undefined));

/** Whether one of the category's date fields hides its dates in this index. */
export const hidesDates = (index: IndexDescription, { timestampField, ingestedField }: Category): boolean =>
  [timestampField, ingestedField].some((name) => hidesDatesOf(index, name));

/**
 * Whether new use can be recognized after the end of a feature: some field dates the documents, and no field hides a
 * later date.
 */
export const canTellNewUse = ({ timestamp, ingested, hidesDates: hides }: UsableFields): boolean =>
  (timestamp || ingested) && hides !== true;

/**
 * Whether the category's rule reacts to the end of a feature, which may concern one application. A deleted account is
 * always erased as a whole.
 */
export const mayEndFeature = ({ rules: { termination } }: Category): boolean =>
  termination?.triggers.includes('feature-terminated') === true;
