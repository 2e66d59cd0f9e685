import type { estypes } from '@elastic/elasticsearch';
import type { Criteria, UsableFields } from '../../../criteria/due-criteria.ts';
import type { DocumentRemover, Slice, Target } from '../../../purge/document-remover.ts';
import type { RuleKind } from '../../../rules/rule.ts';

/** A query of Elasticsearch. */
export type Query = estypes.QueryDslQueryContainer;

/** Searches one index and accepts only a complete answer. */
export type SearchTarget = (
  target: Target,
  body: estypes.SearchRequest,
  doing: string,
) => Promise<estypes.SearchResponse>;

/**
 * How one kind of rule is queried in Elasticsearch. Each reads its own part of the criteria. If that part is absent, it
 * selects no document.
 */
export interface RuleQuery {
  /** The id of the {@link RuleKind}. */
  readonly id: RuleKind['id'];
  /** Documents that are due by this rule; undefined if the criteria do not contain it. */
  due(criteria: Criteria, usable: UsableFields): Query | undefined;
  /**
   * The due documents of one slice; undefined if the criteria do not contain the rule, or the slice belongs to another
   * rule.
   */
  dueInSlice(criteria: Criteria, usable: UsableFields, slice: Slice): Query | undefined;
  /** The run-time fields that these queries use, for one slice or for everything that is due. */
  runtime?(criteria: Criteria, usable: UsableFields, slice?: Slice): Record<string, estypes.MappingRuntimeField>;
  /**
   * Splits what is due in one index into slices.
   * @param after as in {@link DocumentRemover.slices}.
   * @throws TransientError if not every shard answers.
   */
  slices(search: SearchTarget, target: Target, criteria: Criteria, after?: readonly Slice[]): Promise<readonly Slice[]>;
  /** Additional counts of documents, by name. */
  counts?(criteria: Criteria, usable: UsableFields): Readonly<Record<string, estypes.AggregationsAggregationContainer>>;
  /** The run-time fields that these counts use. */
  countRuntime?(criteria: Criteria, usable: UsableFields): Record<string, estypes.MappingRuntimeField>;
}

// `_doc_count` changes a bucket's doc_count; a value_count of the metadata field `_index` counts documents.
export const documents = { value_count: { field: '_index' } } as const;

/** Counts the documents of a query. */
export const filtered = (filter: Query) => ({ filter, aggs: { documents } });
