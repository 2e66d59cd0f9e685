import type { estypes } from '@elastic/elasticsearch';
import type { Criteria, UsableFields } from '../../../criteria/due-criteria.ts';
import type { Slice } from '../../../purge/document-remover.ts';
import { heldRuntime, withoutHeld } from '../query/held-query.ts';
import type { Query } from '../query/rule-query.ts';
import { RULE_QUERIES } from './rule-queries.ts';

const NOTHING: Query = { match_none: {} };

/**
 * For destructive requests. It also searches `_source` for dates of any form that arrived after the index was
 * described.
 */
export const includingArrivingDates = ({ arriving, ...usable }: UsableFields): UsableFields =>
  arriving === undefined ? usable : { ...usable, unseen: { ...usable.unseen, ...arriving } };

/** Documents that a rule would remove, whatever a hold says. */
export const dueByRules = (criteria: Criteria, usable: UsableFields): Query => {
  const should = RULE_QUERIES.flatMap((rule) => rule.due(criteria, usable) ?? []);
  return should.length === 0 ? NOTHING : { bool: { should, minimum_should_match: 1 } };
};

/** Documents that are due by any rule, and that no hold keeps. */
export const due = (criteria: Criteria, usable: UsableFields): Query =>
  withoutHeld(dueByRules(criteria, usable), criteria, usable);

/** Documents that are not due: the exact complement of {@link due}, including held and undatable ones. */
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
  Object.assign(
    { ...heldRuntime(criteria, usable) },
    ...RULE_QUERIES.map((rule) => rule.runtime?.(criteria, usable, slice)),
  );

/**
 * The due documents of one slice that no hold keeps; none if the slice belongs to a rule that the criteria do not
 * contain.
 */
export const dueInSlice = (criteria: Criteria, usable: UsableFields, slice: Slice): Query =>
  withoutHeld(
    RULE_QUERIES.map((rule) => rule.dueInSlice(criteria, usable, slice)).find((query) => query !== undefined) ??
      NOTHING,
    criteria,
    usable,
  );
