import type { AgeCriteria, DateField, UsableFields } from '../../../criteria/due-criteria.ts';
import type { Instant } from '../../../policy/time/instant.ts';
import type { AgeSlice } from '../../../purge/document-remover.ts';
import { misreadSeconds } from '../../../rules/dates/misread-seconds.ts';
import { all, any, none } from './bool-query.ts';
import { keptAsCoarse } from './coarse-dates.ts';
import { DATE_FIELDS, fieldName, range, sinceByServer } from './date-ranges.ts';
import type { Query } from './rule-query.ts';
import { numbered } from './sequence-numbers.ts';
import { everUnseen, keptUnseen, type withoutUnseen } from './unseen-dates-query.ts';

const NOTHING: Query = { match_none: {} };

/** Makes the answer independent of the field's format: not every value can be printed in every format. */
export const EPOCH_MILLISECONDS = 'epoch_millis';

/** Documents in which every value is in [earliest, futureFrom) and none was ignored as malformed. */
export const believable = (criteria: AgeCriteria, field: DateField): Query => {
  const name = fieldName(criteria, field);
  return all(
    range(name, { gte: criteria.earliest }),
    none(range(name, { lt: criteria.earliest }), range(name, { gte: criteria.futureFrom }), {
      term: { _ignored: { value: name } },
    }),
  );
};

/**
 * Documents whose ingestion date is in the future or malformed. It is unknown when they were ingested, whatever their
 * timestamp says.
 */
const hasDoubtfulIngestion = (criteria: AgeCriteria, usable: UsableFields): readonly Query[] => {
  const isAsked = usable.ingested || usable.vetoes?.includes('ingested') === true;
  if (!isAsked || usable.decided === 'timestamp') return [];
  const name = criteria.ingestedField;
  return [range(name, { gte: criteria.futureFrom }), { term: { _ignored: { value: name } } }];
};

/** Documents that this field can date: it has a believable value in them, and the ingestion date is not in doubt. */
export const datableBy = (criteria: AgeCriteria, usable: UsableFields, field: DateField): Query => {
  const doubts = field === 'timestamp' ? hasDoubtfulIngestion(criteria, usable) : [];
  return doubts.length === 0 ? believable(criteria, field) : all(believable(criteria, field), none(...doubts));
};

/** The fields that can date documents of such an index, in the order of use. */
export const datingFields = (usable: UsableFields): readonly DateField[] =>
  DATE_FIELDS.filter((field) => usable[field]);

/**
 * Documents that this field dates. For the ingested field, only documents that the timestamp does not date, so each
 * datable document belongs to exactly one field.
 */
const datedBy = (criteria: AgeCriteria, usable: UsableFields, field: DateField): Query =>
  field === 'ingested' && usable.timestamp
    ? all(believable(criteria, 'ingested'), none(believable(criteria, 'timestamp')))
    : datableBy(criteria, usable, field);

/**
 * Documents that a value of this field keeps at an instant. The later of both dates decides, and a coarse date counts
 * to its end. An implausible value keeps no document. The exception is a field that dates nothing, because nobody knows
 * there whether the value is wrong.
 */
const keptBy = (criteria: AgeCriteria, usable: UsableFields, instant: Instant, field: DateField): readonly Query[] => {
  const isUnmapped = usable.unmapped?.includes(field) === true;
  if (!usable[field] && !usable.vetoes?.includes(field) && !isUnmapped) return [];
  const name = fieldName(criteria, field);
  const inside = [
    range(name, { gte: instant, lt: criteria.futureFrom }),
    ...keptAsCoarse(criteria, usable, instant, field),
    // The cluster checks by its own clock, too, that a document is due.
    ...(instant === criteria.cutoff && instant > 0 ? [sinceByServer(name, criteria.term, criteria.futureFrom)] : []),
  ];
  // If the field has been mapped since then, with any type, it keeps every document that has it. The next run uses the
  // new mapping.
  const kept = isUnmapped ? [{ exists: { field: name } }] : inside;
  return unlessDecided(criteria, usable, field, kept);
};

/** If a person decided for the other field, and it dates a document, this field does not keep the document. */
const unlessDecided = (
  criteria: AgeCriteria,
  usable: UsableFields,
  field: DateField,
  kept: readonly Query[],
): readonly Query[] => {
  const { decided } = usable;
  if (kept.length === 0 || decided === undefined || decided === field || !usable[decided]) return kept;
  return [all(any(...kept), none(datableBy(criteria, usable, decided)))];
};

/**
 * Documents whose value is implausibly old in milliseconds, but not yet expired if read as seconds. The other date
 * alone must not make them expired.
 */
const keptAsSeconds = (
  criteria: AgeCriteria,
  usable: UsableFields,
  instant: Instant,
  field: DateField,
): readonly Query[] => {
  if (!usable[field] && !usable.vetoes?.includes(field)) return [];
  const misread = misreadSeconds(criteria, instant);
  return misread === undefined ? [] : [range(fieldName(criteria, field), misread)];
};

/** Documents kept by a date that the index does not show: a date in `_source` alone, or in another unit. */
const keptUntold = (
  criteria: AgeCriteria,
  usable: UsableFields,
  instant: Instant,
  field: DateField,
): readonly Query[] =>
  unlessDecided(criteria, usable, field, [
    ...keptUnseen(criteria, usable, instant, field),
    ...keptAsSeconds(criteria, usable, instant, field),
  ]);

type Keeping = typeof keptBy;

const keptAt = (
  criteria: AgeCriteria,
  usable: UsableFields,
  instant: Instant,
  by: readonly Keeping[],
): readonly Query[] => DATE_FIELDS.flatMap((field) => by.flatMap((keeps) => keeps(criteria, usable, instant, field)));

/**
 * Documents that a field dates, and that no date keeps at the instant.
 * @param by the dates that keep a document. {@link keptBy} takes the dates in the index. {@link keptUntold} takes the
 *   dates in `_source` alone, and the dates that the index has read in another unit. Without it, both.
 */
const agedBefore = (
  criteria: AgeCriteria,
  usable: UsableFields,
  instant: Instant,
  by: readonly Keeping[] = [keptBy, keptUntold],
): Query => {
  const fields = datingFields(usable);
  if (fields.length === 0 || usable.unreadable !== undefined) return NOTHING;
  return all(
    any(...fields.map((field) => datableBy(criteria, usable, field))),
    none(...keptAt(criteria, usable, instant, by)),
  );
};

/** Expired documents. */
export const dueByAge = (criteria: AgeCriteria, usable: UsableFields): Query =>
  agedBefore(criteria, usable, criteria.cutoff);

/** Documents beyond the allowed lateness. */
export const overdue = (criteria: AgeCriteria, usable: UsableFields): Query =>
  agedBefore(criteria, usable, criteria.overdueBefore);

/** Expired documents that were not expired at an earlier cutoff; undefined if the criteria name no such cutoff. */
export const fellDue = (criteria: AgeCriteria, usable: UsableFields): Query | undefined =>
  criteria.fellDueFrom === undefined
    ? undefined
    : all(dueByAge(criteria, usable), none(agedBefore(criteria, usable, criteria.fellDueFrom)));

/** Documents that neither field dates. */
export const undated = (criteria: AgeCriteria, usable: UsableFields): Query => {
  const fields = datingFields(usable);
  return fields.length === 0 ? { match_all: {} } : none(...fields.map((field) => datableBy(criteria, usable, field)));
};

/**
 * Documents that stay because of a date that the index does not show: it is in `_source`, or in another unit.
 * - The index says expired; the other date is expired, or there is none: the document is due.
 * - The index says expired; the other date is live: the document is unseen, and stays. Only these are found here.
 * - The index says live: the document is live, whatever the other date is.
 */
export const unseen = (criteria: AgeCriteria, usable: UsableFields): Query => {
  const kept = keptAt(criteria, usable, criteria.cutoff, [keptUntold]);
  return kept.length === 0 ? NOTHING : all(agedBefore(criteria, usable, criteria.cutoff, [keptBy]), any(...kept));
};

/**
 * Dated documents that may have a date in `_source` alone. All others have the same result {@link withoutUnseen} in
 * each query by age. Undefined if no script is needed to find them, or if no document is dated.
 */
export const untold = (criteria: AgeCriteria, usable: UsableFields): Query | undefined => {
  const fields = datingFields(usable);
  const unseenDates = everUnseen(criteria, usable);
  if (unseenDates === undefined || fields.length === 0 || usable.unreadable !== undefined) return undefined;
  return all(any(...fields.map((field) => datableBy(criteria, usable, field))), unseenDates);
};

const datesByBoth = ({ timestamp, ingested }: UsableFields): boolean => timestamp && ingested;

/** Documents kept by their timestamp although their ingestion date is overdue. */
export const aheadOfIngestion = (criteria: AgeCriteria, usable: UsableFields): Query =>
  datesByBoth(usable) && usable.decided !== 'ingested'
    ? all(
        believable(criteria, 'timestamp'),
        range(criteria.timestampField, { gte: criteria.cutoff }),
        believable(criteria, 'ingested'),
        none(range(criteria.ingestedField, { gte: criteria.apartBefore })),
      )
    : NOTHING;

/** Documents kept by their ingestion date although their timestamp is overdue. */
export const behindIngestion = (criteria: AgeCriteria, usable: UsableFields): Query =>
  datesByBoth(usable) && usable.decided === undefined
    ? all(
        datableBy(criteria, usable, 'timestamp'),
        none(range(criteria.timestampField, { gte: criteria.apartBefore })),
        range(criteria.ingestedField, { gte: criteria.cutoff, lt: criteria.futureFrom }),
      )
    : NOTHING;

/**
 * Documents that this field dates, and that neither a value of the other field nor a coarse date keeps. So this field
 * alone determines their age.
 */
export const datedOnlyBy = (criteria: AgeCriteria, usable: UsableFields, field: DateField): Query => {
  const other = field === 'timestamp' ? 'ingested' : 'timestamp';
  const { cutoff } = criteria;
  const kept = [
    ...keptAt(criteria, usable, cutoff, [keptUntold]),
    ...keptBy(criteria, usable, cutoff, other),
    ...keptAsCoarse(criteria, usable, cutoff, field),
  ];
  return all(datedBy(criteria, usable, field), none(...kept));
};

/**
 * Documents that are not expired by the index, for the field whose date shows when they will expire. This is the
 * ingestion date, which is almost never earlier, or else the timestamp. Each document belongs to at most one field.
 */
export const liveByField = (
  criteria: AgeCriteria,
  usable: UsableFields,
): readonly { readonly field: DateField; readonly query: Query }[] => {
  if (usable.unreadable !== undefined) return [];
  const { decided = 'ingested' } = usable;
  const fields = datingFields(usable).toSorted((one, other) => Number(other === decided) - Number(one === decided));
  const expired = agedBefore(criteria, usable, criteria.cutoff, [keptBy]);
  return fields.map((field, at) => ({
    field,
    query: all(
      datableBy(criteria, usable, field),
      none(
        ...fields.slice(0, at).map((other) => datableBy(criteria, usable, other)),
        expired,
        aheadOfIngestion(criteria, usable),
      ),
    ),
  }));
};

/** The expired documents of one slice. */
export const dueInAgeSlice = (criteria: AgeCriteria, usable: UsableFields, { from, to }: AgeSlice): Query =>
  all(dueByAge(criteria, usable), numbered({ gte: from, lt: to }));
