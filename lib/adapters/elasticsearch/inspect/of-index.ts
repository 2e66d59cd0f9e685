import type { estypes } from '@elastic/elasticsearch';

/**
 * Documents of the concrete index of that name, and none where the name is an alias by then. Only a script tells: a query on `_index`
 * takes an alias for the index that it leads to. In a score, since `search.allow_expensive_queries: false` refuses script queries and
 * not these. Tried on 8.19.13 and 9.4.3.
 */
export const ofIndex = (name: string): estypes.QueryDslQueryContainer => ({
  function_score: {
    functions: [
      { script_score: { script: { source: "doc['_index'].value == params.name ? 1 : 0", params: { name } } } },
    ],
    boost_mode: 'replace',
    min_score: 1,
  },
});

const OF_INDEX = 'es_retention_of_index';

/**
 * The same by a run-time field. Its script counts into no limit on compilations, which whoever may search anything in the cluster can use
 * up (`script.max_compilations_rate`; tried on 8.19.13 and 9.4.3).
 */
export const ofIndexByField = (
  name: string,
): {
  readonly query: estypes.QueryDslQueryContainer;
  readonly runtime: Record<string, estypes.MappingRuntimeField>;
} => ({
  query: { term: { [OF_INDEX]: true } },
  runtime: {
    [OF_INDEX]: { type: 'boolean', script: { source: "emit(doc['_index'].value == params.name)", params: { name } } },
  },
});
