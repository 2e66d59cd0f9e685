import type { estypes } from '@elastic/elasticsearch';
import { lineageOf } from '../../../base/objects.ts';
import type { AgeCriteria, DateField, UsableFields } from '../../../criteria/due-criteria.ts';
import type { UnseenDates } from '../../../criteria/index-description.ts';
import type { Instant } from '../../../policy/time/instant.ts';
import { LAST_IN_SOURCE, NEVER_OVER } from '../scripts/source-date-script.ts';
import { COLLECT, SOURCE_OF } from '../scripts/source-values-script.ts';
import { all, any, none } from './bool-query.ts';
import { DATE_FIELDS, fieldName, range, sinceByServer } from './date-ranges.ts';
import type { Query } from './rule-query.ts';

/** The name of the run-time field with the earliest and latest date of a field in `_source`. */
const sourceField = (field: DateField): string => `es_retention_source_of_${field}`;

const EARLIEST_AND_LATEST = `${SOURCE_OF}${COLLECT}${LAST_IN_SOURCE}
def source = sourceOf(params);
if (source == null) { emit(${NEVER_OVER}L); return; }
List found = new ArrayList();
collect(source, params.path, 0, found);
long earliest = Long.MAX_VALUE;
long latest = Long.MIN_VALUE;
for (def value : found) {
  if (value == null) continue;
  long at = params.isOwnFormat ? ${NEVER_OVER}L : lastInSource(value);
  earliest = (long) Math.min(earliest, at);
  latest = (long) Math.max(latest, at);
}
if (latest == Long.MIN_VALUE) return;
emit(latest);
if (earliest < latest) emit(earliest);
`;

/** The run-time fields that {@link keptUnseen} uses. */
export const unseenRuntime = (
  usable: UsableFields,
  field: DateField,
): Readonly<Record<string, estypes.MappingRuntimeField>> => {
  const { path, isOwnFormat = false } = usable.unseen?.[field] ?? {};
  if (path === undefined) return {};
  const params = { path: path.split('.'), isOwnFormat };
  return { [sourceField(field)]: { type: 'date', script: { source: EARLIEST_AND_LATEST, params } } };
};

const ignored = (name: string): Query => ({ term: { _ignored: { value: name } } });

/** Documents that may have a date of the field in `_source` alone. */
const candidates = (name: string, { in: documents, path }: UnseenDates): Query => {
  if (documents === 'all') return { match_all: {} };
  if (documents === 'lacking') return none({ exists: { field: name } });
  // If the document has an object instead of the date, fields of that object were ignored. A cluster that refuses
  // scripts refuses this prefix query too.
  const below: readonly Query[] = path === undefined ? [] : [{ prefix: { _ignored: { value: `${name}.` } } }];
  return all(none({ exists: { field: name } }), any(...lineageOf(name).map(ignored), ...below));
};

const isMapped = (usable: UsableFields, field: DateField): boolean =>
  usable[field] || usable.vetoes?.includes(field) === true;

/**
 * Documents that may have a date of the field in `_source` alone, and that no value of the other field keeps. It reads
 * no `_source`, since that is expensive.
 */
const mayBeKept = (
  criteria: AgeCriteria,
  usable: UsableFields,
  instant: Instant,
  field: DateField,
  unseen: UnseenDates,
): Query => {
  const other = field === 'timestamp' ? 'ingested' : 'timestamp';
  const kept = isMapped(usable, other)
    ? [range(fieldName(criteria, other), { gte: instant, lt: criteria.futureFrom })]
    : [];
  return all(candidates(fieldName(criteria, field), unseen), none(...kept));
};

/**
 * Documents kept by a date in `_source` that no search sees, because it is not before the instant, is implausible, or
 * cannot be read.
 */
export const keptUnseen = (
  criteria: AgeCriteria,
  usable: UsableFields,
  instant: Instant,
  field: DateField,
): readonly Query[] => {
  const unseen = usable.unseen?.[field];
  if (unseen === undefined) return [];
  const { earliest, cutoff, term, futureFrom } = criteria;
  const cheap = mayBeKept(criteria, usable, instant, field, unseen);
  // A value that a mapped field ignored is malformed, and was handled already. It keeps its document only if it is a
  // date after all.
  const isSeen = isMapped(usable, field) && unseen.in === 'lacking' ? [ignored(fieldName(criteria, field))] : [];
  if (unseen.path === undefined) return [all(cheap, none(...isSeen))];
  const source = sourceField(field);
  const notOver = [
    range(source, { gte: instant }),
    range(source, { lt: earliest }),
    ...(instant === cutoff && instant > 0 ? [sinceByServer(source, term, NEVER_OVER)] : []),
  ];
  // Each of these ranges runs the script, and most documents have no such date. One look for any date comes first.
  const hasDate: Query = { exists: { field: source } };
  if (isSeen.length === 0) return [all(cheap, hasDate, any(...notOver))];
  const isDate = range(source, { gte: instant, lt: futureFrom });
  return [all(cheap, hasDate, any(all(none(...isSeen), any(...notOver)), isDate))];
};

/** The same fields, without a look for dates in `_source` alone. */
export const withoutUnseen = ({ unseen, ...usable }: UsableFields): UsableFields => usable;

/**
 * All documents that {@link keptUnseen} can find at any instant of the criteria. Undefined if no script is needed to
 * find them.
 */
export const everUnseen = (criteria: AgeCriteria, usable: UsableFields): Query | undefined => {
  const { cutoff, overdueBefore, fellDueFrom = overdueBefore } = criteria;
  const last = Math.max(cutoff, overdueBefore, fellDueFrom);
  const found = DATE_FIELDS.flatMap((field) => {
    const unseen = usable.unseen?.[field];
    if (unseen === undefined) return [];
    const cheap = mayBeKept(criteria, usable, last, field, unseen);
    return [unseen.path === undefined ? cheap : all(cheap, { exists: { field: sourceField(field) } })];
  });
  const needsScript = DATE_FIELDS.some((field) => usable.unseen?.[field]?.path !== undefined);
  return needsScript ? any(...found) : undefined;
};
