import type { estypes } from '@elastic/elasticsearch';
import type { Criteria, UsableFields } from '../../../criteria/due-criteria.ts';
import type { Slice } from '../../../purge/document-remover.ts';
import type { Query } from '../query/rule-query.ts';
import { RULE_QUERIES } from './rule-queries.ts';

const NOTHING: Query = { match_none: {} };

/**
 * For destructive requests: also searches `_source` for dates that arrived, in any form, after the index was described.
 */
export const withArriving = ({ arriving, ...usable }: UsableFields): UsableFields =>
  arriving === undefined ? usable : { ...usable, unseen: { ...usable.unseen, ...arriving } };

/** Documents that are due by any rule. */
export const due = (criteria: Criteria, usable: UsableFields): Query => {
  const should = RULE_QUERIES.flatMap((rule) => rule.due(criteria, usable) ?? []);
  return should.length === 0 ? NOTHING : { bool: { should, minimum_should_match: 1 } };
};

/** Documents that are not due: the exact complement of {@link due}, including undatable ones. */
export const notDue = (criteria: Criteria, usable: UsableFields): Query => ({
  bool: { must_not: [due(criteria, usable)] },
});

/**
 * The run-time fields that {@link due}, {@link notDue} and {@link dueInSlice} use. Every request with one of these
 * queries needs them.
 */
export const dueRuntime = (
  criteria: Criteria,
  usable: UsableFields,
  slice?: Slice,
): Record<string, estypes.MappingRuntimeField> =>
  Object.assign({}, ...RULE_QUERIES.map((rule) => rule.runtime?.(criteria, usable, slice)));

/** The due documents of one slice; none if the slice belongs to a rule that the criteria do not contain. */
export const dueInSlice = (criteria: Criteria, usable: UsableFields, slice: Slice): Query =>
  RULE_QUERIES.map((rule) => rule.dueInSlice(criteria, usable, slice)).find((query) => query !== undefined) ?? NOTHING;
