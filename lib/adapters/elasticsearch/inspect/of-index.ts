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
