import type { estypes } from '@elastic/elasticsearch';
import type { Criteria, UsableFields } from '../../../criteria/due-criteria.ts';
import { untold } from '../query/age-query.ts';
import { all } from '../query/bool-query.ts';
import { dateRuntime } from '../query/coarse-dates.ts';
import { fitting } from '../query/date-ranges.ts';
import { subjectSearch, unindexedSearch } from '../query/erasure-query.ts';
import { onlyHeld } from '../query/held-query.ts';
import { documents, filtered } from '../query/rule-query.ts';
import { withoutUnseen } from '../query/unseen-dates-query.ts';
import { due, dueByRules, dueRuntime } from '../rules/due-query.ts';
import { RULE_QUERIES } from '../rules/rule-queries.ts';
import type { Group } from './ask-in-parts.ts';
import { oldestSearches } from './oldest-date.ts';

type Search = estypes.MsearchMultisearchBody;

/** How long the server may search `_source` for dates that the index does not have. */
const DATES_TIMEOUT = '30s';

/** A further count of each index, and the run-time fields that it uses. */
interface FurtherCount {
  readonly aggs: Readonly<Record<string, estypes.AggregationsAggregationContainer>>;
  readonly runtime: Readonly<Record<string, estypes.MappingRuntimeField>>;
}

const heldCount = (criteria: Criteria, usable: UsableFields) => {
  const query = onlyHeld(dueByRules(criteria, usable), criteria, usable);
  return query === undefined ? {} : { held: filtered(query) };
};

const countSearch = ({ usable, indices }: Group, criteria: Criteria, further?: FurtherCount): Search => ({
  size: 0,
  track_total_hits: false,
  runtime_mappings: Object.assign(
    dueRuntime(criteria, usable),
    ...RULE_QUERIES.map((rule) => rule.countRuntime?.(criteria, usable)),
    further?.runtime,
  ),
  aggs: {
    indices: {
      terms: { field: '_index', size: indices.length },
      aggs: {
        documents,
        due: filtered(due(criteria, usable)),
        ...heldCount(criteria, usable),
        ...Object.assign({}, ...RULE_QUERIES.map((rule) => rule.counts?.(criteria, usable))),
        ...further?.aggs,
      },
    },
  },
});

const subjectSearches = ({ usable }: Group, { termination }: Criteria): readonly Search[] =>
  termination === undefined
    ? []
    : [subjectSearch(termination, usable), unindexedSearch(termination, usable)].filter(
        (search) => search !== undefined,
      );

const looksForDates = (usable: UsableFields, { age }: Criteria): boolean =>
  age !== undefined && Object.values(usable.unseen ?? {}).some(({ path }) => path !== undefined);

const withTimeout = (searches: readonly Search[]): readonly Search[] =>
  searches.map((search) => ({ ...search, timeout: DATES_TIMEOUT }));

const dateSearches = (group: Group, criteria: Criteria): readonly Search[] => {
  const searches = [countSearch(group, criteria), ...oldestSearches(group, criteria)];
  return looksForDates(group.usable, criteria) ? withTimeout(searches) : searches;
};

/** How many of the first searches of a group look for dates in `_source`. */
export const lookingForDates = (group: Group, criteria: Criteria): number =>
  looksForDates(group.usable, criteria) ? dateSearches(group, criteria).length : 0;

/** The searches of a group. {@link quickSearches} gives the same number of them, in the same order. */
export const wholeSearches = (group: Group, criteria: Criteria): readonly Search[] => [
  ...dateSearches(group, criteria),
  ...subjectSearches(group, criteria),
];

/**
 * Searches as if no document had a date in `_source` alone, and counts the documents that have one, as `untold`. If
 * there are none, the answers are those of {@link wholeSearches}. Those read `_source` once for each of their counts;
 * these read it once. They are the {@link wholeSearches} themselves if no script looks for dates, or if subjects are
 * looked for: whether a document is new use may depend on such a date.
 */
export const quickSearches = (group: Group, criteria: Criteria): readonly Search[] => {
  const { age, termination } = criteria;
  const { usable } = group;
  if (age === undefined || (termination?.subjects.length ?? 0) > 0) return wholeSearches(group, criteria);
  const fitted = fitting(age, usable);
  const query = untold(fitted, usable);
  if (query === undefined) return wholeSearches(group, criteria);
  const further = { aggs: { untold: filtered(query) }, runtime: dateRuntime(fitted, usable) };
  const quick = { ...group, usable: withoutUnseen(usable) };
  return [
    ...withTimeout([countSearch(quick, criteria, further), ...oldestSearches(quick, criteria)]),
    ...subjectSearches(group, criteria),
  ];
};

/** Looks only at the document with an id. */
export const onlyOf = (search: Search, id: string): Search => {
  const ids = { ids: { values: [id] } };
  return { ...search, query: search.query === undefined ? ids : all(ids, search.query) };
};
