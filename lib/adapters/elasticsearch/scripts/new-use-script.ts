import { lineageOf } from '../../../base/objects.ts';
import { type Precision, unitParams } from '../../../criteria/date-precision.ts';
import type { DateField, TerminationCriteria, UsableFields } from '../../../criteria/due-criteria.ts';
import { DEFAULT_FORMAT } from '../../../rules/dates/date-field.ts';
import { precisionOf } from '../../../rules/dates/date-format.ts';
import { LAST_IN_SOURCE, NEVER_OVER } from './source-date-script.ts';
import { VALUES_AT } from './source-values-script.ts';
import { END_OF_TEXTS, textParams } from './unit-end-script.ts';

/**
 * The last instant of a document's values in one field. If a script cannot read a value as a date, the value counts as
 * never over. If the field is not in the mapping, such a value belongs to an object that is indexed as a whole, and
 * only `_source` has its date.
 */
const NEWEST = `
long newestIn(def doc, def params, def field) {
  List starts = new ArrayList();
  long newest = Long.MIN_VALUE;
  try {
    for (def value : doc[field.name]) {
      if (!(value instanceof ZonedDateTime)) return field.isMapped || field.unseen == null ? Long.MAX_VALUE : Long.MIN_VALUE;
      long at = value.toInstant().toEpochMilli();
      starts.add(at);
      // An instant between two milliseconds counts as the later one.
      if (value.getNano() % 1000000 != 0) newest = (long) Math.max(newest, at + 1L);
    }
  } catch (IllegalArgumentException e) { return Long.MAX_VALUE; }
  if (starts.isEmpty()) return Long.MIN_VALUE;
  List texts = textsOf(sourceOf(params), field);
  for (def start : starts) {
    long at = (long) start;
    newest = (long) Math.max(newest, at);
    // Seconds that were read as milliseconds lie in early 1970, and count as seconds.
    if (at >= 946684800L && at < 9466848000L) newest = (long) Math.max(newest, at * 1000L);
    newest = (long) Math.max(newest, lastOfTexts(at, starts, texts, field));
  }
  return newest;
}`;

/**
 * The last instant of the values that a document has in `_source` alone. Values that the script cannot read or see
 * count as never over.
 */
const NEWEST_UNSEEN = `
long newestUnseen(def params, def field, Set ignored) {
  def unseen = field.unseen;
  boolean holds = unseen.in != 'ignored';
  for (def holder : unseen.holders) if (ignored.contains(holder)) holds = true;
  if (!holds) return Long.MIN_VALUE;
  if (unseen.path == null) return unseen.isMalformed && ignored.contains(field.name) ? Long.MIN_VALUE : Long.MAX_VALUE;
  def source = sourceOf(params);
  if (source == null) return Long.MAX_VALUE;
  List values = new ArrayList();
  collect(source, unseen.path, 0, values);
  long newest = Long.MIN_VALUE;
  for (def value : values) {
    if (value == null) continue;
    long at = unseen.isOwnFormat ? ${NEVER_OVER}L : lastInSource(value);
    if (at == ${NEVER_OVER}L && unseen.isMalformed && ignored.contains(field.name)) continue;
    newest = (long) Math.max(newest, at);
  }
  return newest;
}`;

/**
 * Decides whether a document is evident new use: it has a date after the end of the feature, or a malformed date beside
 * another one. A document without a date is not new use. Needs `collect` and `sourceOf` of source-values-script.ts.
 */
export const NEW_USE = `${VALUES_AT}${END_OF_TEXTS}${NEWEST}${LAST_IN_SOURCE}${NEWEST_UNSEEN}
Map datesOf(def doc, def params) {
  long newest = Long.MIN_VALUE;
  boolean malformed = false;
  Set ignored = new HashSet();
  // Indices of older versions do not give a script the ignored fields.
  try { for (def field : doc['_ignored']) ignored.add(field); } catch (IllegalArgumentException e) {}
  for (def field : params.dates) {
    // Elasticsearch also calls values beyond the limit of fields ignored. These can be read in _source.
    if (field.isMapped && ignored.contains(field.name)) malformed = true;
    long indexed = doc.containsKey(field.name) ? newestIn(doc, params, field) : Long.MIN_VALUE;
    newest = (long) Math.max(newest, indexed);
    if (field.unseen == null || (indexed != Long.MIN_VALUE && field.unseen.in != 'all')) continue;
    newest = (long) Math.max(newest, newestUnseen(params, field, ignored));
  }
  return ['newest': newest, 'malformed': malformed];
}
boolean isLater(Map dates, def until) {
  return dates.newest > (long) until || (dates.malformed && dates.newest != Long.MIN_VALUE);
}`;

/** The assumed precision of a field that is mapped during a run. */
const UNKNOWN = precisionOf(DEFAULT_FORMAT, undefined);

const precisionParams = (precision: Precision | undefined) => {
  if (precision === undefined) return { units: [], always: false };
  if (precision.kind === 'always') return { units: [unitParams(precision.longest)], always: true };
  return { ...textParams(precision), always: false };
};

/**
 * Parameters of both date fields for {@link NEW_USE}. Includes a field that dates nothing, or that was not mapped when
 * the run was planned.
 */
export const dateParams = ({ timestampField, ingestedField }: TerminationCriteria, usable: UsableFields) => {
  const paramsOf = (field: DateField, name: string) => {
    const isMapped = usable[field] || usable.vetoes?.includes(field) === true;
    const { path, isOwnFormat = false, in: documents } = usable.arriving?.[field] ?? usable.unseen?.[field] ?? {};
    const unseen = documents && {
      in: documents,
      holders: lineageOf(name),
      isOwnFormat,
      // A value that a mapped field ignored is malformed. The index has recorded that.
      isMalformed: isMapped && documents === 'lacking',
      ...(path !== undefined && { path: path.split('.') }),
    };
    return {
      name,
      isMapped,
      ...precisionParams(isMapped ? usable.precision?.[field] : UNKNOWN),
      ...(unseen && { unseen }),
    };
  };
  return [paramsOf('timestamp', timestampField), paramsOf('ingested', ingestedField)];
};
