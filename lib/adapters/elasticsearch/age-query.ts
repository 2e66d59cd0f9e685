import type { estypes } from '@elastic/elasticsearch';
import { type Instant, isoInstant } from '../../policy/instant.ts';
import type { AgeCriteria, AgeSlice, Dating } from '../../purge/document-store.ts';

type Query = estypes.QueryDslQueryContainer;
type DateField = AgeSlice['field'];

/**
 * An explicit format makes a bound mean the same whatever format the field was mapped with: without it an ISO cutoff is
 * refused by an `epoch_second` field, and bare milliseconds are read as seconds.
 */
const FORMAT = 'strict_date_optional_time';

/** With it an answer does not depend on how the field prints its values: not every value can be printed in every format. */
export const EPOCH_MILLISECONDS = 'epoch_millis';

// Only gte and lt: Elasticsearch rounds the bounds of gt and lte up.
const range = (field: string, bounds: { gte?: Instant; lt?: Instant }): Query => ({
  range: {
    [field]: {
      format: FORMAT,
      ...(bounds.gte === undefined ? {} : { gte: isoInstant(bounds.gte) }),
      ...(bounds.lt === undefined ? {} : { lt: isoInstant(bounds.lt) }),
    },
  },
});

const all = (...filter: Query[]): Query => ({ bool: { filter } });
const none = (...must_not: Query[]): Query => ({ bool: { must_not } });
const any = (...should: Query[]): Query => ({ bool: { should, minimum_should_match: 1 } });

const fieldName = (criteria: AgeCriteria, field: DateField): string =>
  field === 'timestamp' ? criteria.timestampField : criteria.ingestedField;

/** Every value lies in [earliest, futureFrom), and none was ignored as malformed. */
export const believable = (criteria: AgeCriteria, field: DateField): Query => {
  const name = fieldName(criteria, field);
  return all(
    range(name, { gte: criteria.earliest }),
    none(range(name, { lt: criteria.earliest }), range(name, { gte: criteria.futureFrom }), {
      term: { _ignored: { value: name } },
    }),
  );
};

/** The fields that can date documents of such an index, in the order in which they are asked. */
export const datingFields = (dating: Dating): readonly DateField[] =>
  (['timestamp', 'ingested'] as const).filter((field) => dating[field]);

/** Documents dated by this field: believable, and not already dated by the timestamp. */
export const datedBy = (criteria: AgeCriteria, dating: Dating, field: DateField): Query =>
  field === 'ingested' && dating.timestamp
    ? all(believable(criteria, 'ingested'), none(believable(criteria, 'timestamp')))
    : believable(criteria, field);

/** Documents dated by this field of which every value is before the instant. */
export const datedBefore = (criteria: AgeCriteria, dating: Dating, field: DateField, before: Instant): Query =>
  all(datedBy(criteria, dating, field), none(range(fieldName(criteria, field), { gte: before })));

const before = (criteria: AgeCriteria, dating: Dating, instant: Instant): Query => {
  const fields = datingFields(dating);
  return fields.length === 0
    ? { match_none: {} }
    : any(...fields.map((field) => datedBefore(criteria, dating, field, instant)));
};

/** Expired documents. */
export const dueByAge = (criteria: AgeCriteria, dating: Dating): Query => before(criteria, dating, criteria.cutoff);

/** Documents beyond the allowed lateness. */
export const overdue = (criteria: AgeCriteria, dating: Dating): Query =>
  before(criteria, dating, criteria.overdueBefore);

/** Documents that neither field dates. */
export const undatable = (criteria: AgeCriteria, dating: Dating): Query => {
  const fields = datingFields(dating);
  return fields.length === 0 ? { match_all: {} } : none(...fields.map((field) => believable(criteria, field)));
};

/** Documents kept by their timestamp although they were ingested before the cutoff. */
export const aheadOfIngestion = (criteria: AgeCriteria, dating: Dating): Query =>
  dating.timestamp && dating.ingested
    ? all(
        believable(criteria, 'timestamp'),
        range(criteria.timestampField, { gte: criteria.cutoff }),
        believable(criteria, 'ingested'),
        none(range(criteria.ingestedField, { gte: criteria.overdueBefore })),
      )
    : { match_none: {} };

/** The expired documents of one slice: those whose newest value is in it, so that no document is in two. */
export const dueInAgeSlice = (criteria: AgeCriteria, dating: Dating, { field, from, to }: AgeSlice): Query => {
  const name = fieldName(criteria, field);
  return all(
    datedBefore(criteria, dating, field, criteria.cutoff),
    range(name, { gte: from, lt: to }),
    none(range(name, { gte: to })),
  );
};

export { fieldName };
