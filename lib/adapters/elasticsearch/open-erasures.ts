import type { Client, estypes } from '@elastic/elasticsearch';
import type { OpenErasures } from '../../erasure/ledger.ts';
import type { Instant } from '../../policy/instant.ts';
import { type RequestPolicy, request } from './request.ts';

/** More categories than any ledger has. */
const MOST_CATEGORIES = 1_000;

interface Bucket {
  readonly key: string;
  readonly doc_count: number;
  readonly overdue: { readonly doc_count: number };
  readonly nearest: { readonly value: number | null };
}

/** What a ledger owes, by category, in one request. The ledger must be there. */
export const openErasures = async (
  client: Client,
  policy: RequestPolicy,
  index: string,
  now: Instant,
): Promise<ReadonlyMap<string, OpenErasures>> => {
  const { aggregations } = await request(policy, 'asking the ledger what is owed', (options) =>
    client.search<unknown, { categories: { readonly buckets: readonly Bucket[] } }>(
      {
        index,
        size: 0,
        query: { terms: { state: ['pending', 'erasing', 'held'] } },
        aggs: { categories: { terms: { field: 'category', size: MOST_CATEGORIES }, aggs: aboutDeadlines(now) } },
        allow_partial_search_results: false,
      },
      options,
    ),
  );
  return new Map(
    (aggregations?.categories.buckets ?? []).map(({ key, doc_count, overdue, nearest }) => [
      key,
      {
        open: doc_count,
        overdue: overdue.doc_count,
        ...(nearest.value !== null && { nearestEraseBy: nearest.value }),
      },
    ]),
  );
};

const aboutDeadlines = (now: Instant): Record<string, estypes.AggregationsAggregationContainer> => ({
  overdue: {
    filter: { range: { 'obligation.eraseBy': { lt: `${now}`, format: 'epoch_millis' } } },
  },
  nearest: { min: { field: 'obligation.eraseBy' } },
});
