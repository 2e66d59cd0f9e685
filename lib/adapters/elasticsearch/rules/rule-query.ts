import type { estypes } from '@elastic/elasticsearch';
import type { Criteria, Dating, Slice, Target } from '../../../purge/document-store.ts';
import type { RuleKind } from '../../../rules/rule.ts';

export type Query = estypes.QueryDslQueryContainer;

/** Searches one index and believes only a whole answer. */
export type SearchTarget = (
  target: Target,
  body: estypes.SearchRequest,
  doing: string,
) => Promise<estypes.SearchResponse>;

/**
 * How one kind of rule is asked of Elasticsearch. Each reads its own part of the criteria; where that is absent it has nothing to ask, and
 * never matches a document.
 */
export interface RuleQuery {
  /** That of the {@link RuleKind}. */
  readonly id: RuleKind['id'];
  /** Documents that are due by it; undefined where the criteria have no such rule. */
  due(criteria: Criteria, dating: Dating): Query | undefined;
  /** The due documents of one slice; undefined where the criteria have no such rule, or the slice is of another. */
  dueInSlice(criteria: Criteria, dating: Dating, slice: Slice): Query | undefined;
  /** The run-time fields that these queries ask, of one slice or of all that is due. */
  runtime?(criteria: Criteria, dating: Dating, slice?: Slice): Record<string, estypes.MappingRuntimeField>;
  /**
   * Cuts what is due in one index into slices.
   * @throws TransientError when not every shard answers.
   */
  slices(search: SearchTarget, target: Target, criteria: Criteria): Promise<readonly Slice[]>;
  /** Documents that are counted beside those that are due, by the name of the count. */
  counts?(criteria: Criteria, dating: Dating): Readonly<Record<string, estypes.AggregationsAggregationContainer>>;
  /** The run-time fields that these counts ask. */
  countRuntime?(criteria: Criteria, dating: Dating): Record<string, estypes.MappingRuntimeField>;
}

// A bucket's doc_count is weighted by `_doc_count`; a value_count of the metadata field `_index` counts documents.
export const documents = { value_count: { field: '_index' } } as const;

/** Counts the documents of a query. */
export const filtered = (filter: Query) => ({ filter, aggs: { documents } });
