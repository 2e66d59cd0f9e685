import type { estypes } from '@elastic/elasticsearch';

/**
 * Documents of the concrete index of that name, and none if the name has become an alias. Only a script can tell: a
 * query on `_index` follows an alias. It is used in a score, because `search.allow_expensive_queries: false` refuses
 * script queries, but not scores. Tried on 8.19.13 and 9.4.3.
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
 * The same with a run-time field. Its script does not count towards the limit of compilations
 * (`script.max_compilations_rate`), which anybody who may search the cluster can use up (tried on 8.19.13 and 9.4.3).
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
