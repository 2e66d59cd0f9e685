import type { estypes } from '@elastic/elasticsearch';
import type { Criteria, Dating, Slice } from '../../purge/document-store.ts';
import { dueByAge, dueInAgeSlice } from './age-query.ts';
import { owedRuntime, owedTo } from './erasure-query.ts';

type Query = estypes.QueryDslQueryContainer;

/** Documents that are due by either rule. */
export const due = ({ age, erasures }: Criteria, dating: Dating): Query => {
  const should = [
    ...(age === undefined ? [] : [dueByAge(age, dating)]),
    ...(erasures === undefined ? [] : [owedTo(erasures, dating, erasures.subjects)]),
  ];
  return should.length === 0 ? { match_none: {} } : { bool: { should, minimum_should_match: 1 } };
};

/** Documents that are not due: the exact complement of {@link due}, undatable ones included. */
export const notDue = (criteria: Criteria, dating: Dating): Query => ({ bool: { must_not: [due(criteria, dating)] } });

/** The run-time fields that {@link due}, {@link notDue} and {@link dueInSlice} ask: a request with one of these queries needs them. */
export const dueRuntime = (
  { erasures }: Criteria,
  dating: Dating,
  slice?: Slice,
): Record<string, estypes.MappingRuntimeField> => {
  if (erasures === undefined || (slice !== undefined && !('subjects' in slice))) return {};
  return owedRuntime(erasures, dating, slice?.subjects ?? erasures.subjects);
};

/** The due documents of one slice; none, when the slice is of a rule that the criteria do not have. */
export const dueInSlice = ({ age, erasures }: Criteria, dating: Dating, slice: Slice): Query => {
  if ('subjects' in slice)
    return erasures === undefined ? { match_none: {} } : owedTo(erasures, dating, slice.subjects);
  return age === undefined ? { match_none: {} } : dueInAgeSlice(age, dating, slice);
};
