import type { estypes } from '@elastic/elasticsearch';
import type { Criteria, Dating, Slice } from '../../../purge/document-store.ts';
import { dueByAge, dueInAgeSlice } from './age-query.ts';
import { dateRuntime } from './coarse-dates.ts';
import { fitting } from './date-ranges.ts';
import { owedRuntime, owedTo } from './erasure-query.ts';

type Query = estypes.QueryDslQueryContainer;

/** For requests that destroy: dates that came after the index was described, in whatever form, are looked for in `_source`. */
export const withArriving = ({ arriving, ...dating }: Dating): Dating =>
  arriving === undefined ? dating : { ...dating, unseen: { ...dating.unseen, ...arriving } };

/** Documents that are due by either rule. */
export const due = ({ age, erasures }: Criteria, dating: Dating): Query => {
  const should = [
    ...(age === undefined ? [] : [dueByAge(fitting(age, dating), dating)]),
    ...(erasures === undefined ? [] : [owedTo(erasures, dating, erasures.subjects)]),
  ];
  return should.length === 0 ? { match_none: {} } : { bool: { should, minimum_should_match: 1 } };
};

/** Documents that are not due: the exact complement of {@link due}, undatable ones included. */
export const notDue = (criteria: Criteria, dating: Dating): Query => ({ bool: { must_not: [due(criteria, dating)] } });

/** The run-time fields that {@link due}, {@link notDue} and {@link dueInSlice} ask: a request with one of these queries needs them. */
export const dueRuntime = (
  { age, erasures }: Criteria,
  dating: Dating,
  slice?: Slice,
): Record<string, estypes.MappingRuntimeField> => {
  const isBySubjects = slice !== undefined && 'subjects' in slice;
  const subjects = isBySubjects ? slice.subjects : slice === undefined ? erasures?.subjects : undefined;
  return {
    ...(age !== undefined && !isBySubjects && dateRuntime(age, dating)),
    ...(erasures !== undefined && subjects !== undefined && owedRuntime(erasures, dating, subjects)),
  };
};

/** The due documents of one slice; none, when the slice is of a rule that the criteria do not have. */
export const dueInSlice = ({ age, erasures }: Criteria, dating: Dating, slice: Slice): Query => {
  if ('subjects' in slice)
    return erasures === undefined ? { match_none: {} } : owedTo(erasures, dating, slice.subjects);
  return age === undefined ? { match_none: {} } : dueInAgeSlice(fitting(age, dating), dating, slice);
};
