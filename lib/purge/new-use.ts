import type { Category } from '../policy/retention-policy.ts';
import type { Dating, FieldFacts, IndexDescription } from './document-store.ts';

const DATE_TYPES = new Set(['date', 'date_nanos']);

/** Whether a field is mapped and a script cannot read every date that documents have in it: text, a number, inside a nested object. */
export const hidesDatesIn = (field: FieldFacts | undefined): boolean =>
  field !== undefined &&
  !(
    DATE_TYPES.has(field.type) &&
    field.searchable &&
    field.aggregatable &&
    (field.indirect === undefined || field.indirect === 'alias')
  );

/** Whether one of the category's date fields is mapped in this index and hides its dates. */
export const hidesDates = (
  { fields }: Pick<IndexDescription, 'fields'>,
  { timestampField, ingestedField }: Category,
): boolean => [timestampField, ingestedField].some((name) => hidesDatesIn(fields.get(name)));

/** Whether documents of the end of a feature can be told from new use there: a field dates them, and none hides a later date. */
export const tellsNewUse = ({ timestamp, ingested, hidesDates: hides }: Dating): boolean =>
  (timestamp || ingested) && hides !== true;
