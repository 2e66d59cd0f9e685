import type { Client, estypes } from '@elastic/elasticsearch';
import { TransientError } from '../../../base/errors.ts';
import { ownValue } from '../../../base/objects.ts';
import { lastOf } from '../../../criteria/date-precision.ts';
import type { AgeCriteria, Criteria, DateField, UsableFields } from '../../../criteria/due-criteria.ts';
import type { Instant } from '../../../policy/time/instant.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { believable, datableBy, datedOnlyBy, datingFields, EPOCH_MILLISECONDS } from '../query/age-query.ts';
import { all, none } from '../query/bool-query.ts';
import { dateRuntime, keptAsCoarse } from '../query/coarse-dates.ts';
import { DATE_FIELDS, fieldName, fitting, range } from '../query/date-ranges.ts';
import { heldRuntime, withoutHeld } from '../query/held-query.ts';
import type { Group } from './ask-in-parts.ts';

/** Documents dated by both fields: the later date counts, unless a person decided otherwise. */
const comparesBoth = ({ usable }: Group): boolean =>
  usable.timestamp && usable.ingested && usable.decided === undefined;

/**
 * Selects the documents among these that no coarse date keeps. A document that is kept is not older than the cutoff, so
 * its age does not matter.
 */
const datedByBoth = (age: AgeCriteria, usable: UsableFields): estypes.QueryDslQueryContainer =>
  all(
    datableBy(age, usable, 'timestamp'),
    believable(age, 'ingested'),
    none(...DATE_FIELDS.flatMap((field) => keptAsCoarse(age, usable, age.cutoff, field))),
  );

/** The criteria, and their age rule in the form that fits an index. */
interface Aged {
  readonly age: AgeCriteria;
  readonly criteria: Criteria;
}

/**
 * The oldest document by one field: the document whose newest value is smallest. A `min` aggregation would use its
 * oldest value.
 */
const firstBy = (
  { age, criteria }: Aged,
  { usable }: Group,
  [field, ...others]: readonly [DateField, ...DateField[]],
  query: estypes.QueryDslQueryContainer,
): estypes.MsearchMultisearchBody => ({
  size: 1,
  _source: false,
  track_total_hits: false,
  runtime_mappings: { ...dateRuntime(age, usable), ...heldRuntime(criteria, usable) },
  query: withoutHeld(query, criteria, usable),
  docvalue_fields: [field, ...others].map((each) => ({ field: fieldName(age, each), format: EPOCH_MILLISECONDS })),
  sort: [{ [fieldName(age, field)]: { order: 'asc', mode: 'max', numeric_type: 'date', format: EPOCH_MILLISECONDS } }],
});

/**
 * Searches for the oldest document of a group that no hold keeps; none without an age rule. For documents dated by one
 * field: the oldest by that field. For documents dated by both: the oldest by ingestion date, with its timestamp, which
 * is almost never later.
 */
export const oldestSearches = (group: Group, criteria: Criteria): readonly estypes.MsearchMultisearchBody[] => {
  if (criteria.age === undefined) return [];
  const age = fitting(criteria.age, group.usable);
  const aged = { age, criteria };
  const both = comparesBoth(group);
  const alone = datingFields(group.usable).map((field) => {
    const query = datedOnlyBy(age, group.usable, field);
    const other = field === 'timestamp' ? 'ingested' : 'timestamp';
    return firstBy(aged, group, [field], both ? all(query, none(believable(age, other))) : query);
  });
  return both ? [...alone, firstBy(aged, group, ['ingested', 'timestamp'], datedByBoth(age, group.usable))] : alone;
};

/**
 * The result of one of these searches: a date, and whether an older document may be hidden, because the other field has
 * a later date.
 */
export interface Oldest {
  readonly at: Instant;
  readonly laterAt?: Instant;
}

/** Reads the answer to one of {@link oldestSearches}; undefined if it found no document. */
export const oldestIn = (
  { hits }: estypes.MsearchMultiSearchItem,
  { usable }: Group,
  age: AgeCriteria,
): Oldest | undefined => {
  const [hit] = hits.hits;
  if (hit === undefined) return undefined;
  const [timestamp, ingested] = DATE_FIELDS.map((field) => {
    const values = (ownValue(hit.fields, fieldName(age, field)) ?? []) as readonly unknown[];
    return values.length === 0 ? undefined : lastOf(usable.precision?.[field], Math.max(...values.map(Number)));
  });
  const at = ingested ?? timestamp;
  if (at === undefined) return undefined;
  return { at, ...(timestamp !== undefined && timestamp > at && { laterAt: timestamp }) };
};

const LATER_OF_BOTH = `
  long later = Long.MIN_VALUE;
  for (def field : params.fields)
    for (def value : doc[field]) {
      long at = value.toInstant().toEpochMilli();
      if (at > later) later = at;
    }
  return later;
`;

/**
 * The date of the oldest document that is dated by both fields and older than a given one. Reads each of these
 * documents. Needed only if the first document by ingestion date has a later timestamp, because a clock was ahead.
 * @returns `before` if there is no such document, or if the cluster allows no scripts.
 */
export const oldestOfBoth = async (
  client: Client,
  requests: RequestPolicy,
  { indices, usable }: Group,
  criteria: Criteria & { readonly age: AgeCriteria },
  before: Instant,
): Promise<Instant> => {
  const age = fitting(criteria.age, usable);
  const fields = [age.timestampField, age.ingestedField];
  const older = none(...fields.map((field) => range(field, { gte: before })));
  const search = request(requests, 'looking for the oldest document', (options) =>
    client.search<unknown, { oldest: estypes.AggregationsMinAggregate }>(
      {
        index: indices.map(({ name }) => name),
        ignore_unavailable: true,
        size: 0,
        runtime_mappings: { ...dateRuntime(age, usable), ...heldRuntime(criteria, usable) },
        query: withoutHeld(all(datedByBoth(age, usable), older), criteria, usable),
        aggs: { oldest: { min: { script: { source: LATER_OF_BOTH, params: { fields } } } } },
      },
      options,
    ),
  );
  try {
    return (await search).aggregations?.oldest.value ?? before;
  } catch (thrown) {
    if (thrown instanceof TransientError) return before;
    throw thrown;
  }
};
