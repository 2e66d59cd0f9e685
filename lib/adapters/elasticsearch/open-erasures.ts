import type { Client, estypes } from '@elastic/elasticsearch';
import type { OpenErasures } from '../../erasure/ledger.ts';
import { OPEN_STATES } from '../../erasure/ledger-entry.ts';
import type { Instant } from '../../policy/instant.ts';
import { RetentionError } from '../../purge/errors.ts';
import { type RequestPolicy, request } from './request.ts';

/** Categories in one request. */
const CATEGORIES_AT_ONCE = 1_000;

/** What a server says whose `search.max_buckets` is lower than that. */
const TOO_MANY = new Set([
  'search_phase_execution_exception',
  'too_many_buckets_exception',
  'illegal_argument_exception',
]);

interface Bucket {
  readonly key: { readonly category: string };
  readonly doc_count: number;
  readonly overdue: { readonly doc_count: number };
  readonly nearest: { readonly value: number | null };
}

interface Buckets {
  readonly buckets: readonly Bucket[];
  readonly after_key?: Record<string, string>;
}

const bucketsOf = async (
  client: Client,
  policy: RequestPolicy,
  { index, now, size }: { readonly index: string; readonly now: Instant; readonly size: number },
): Promise<readonly Bucket[]> => {
  const sources = [{ category: { terms: { field: 'category' } } }];
  const buckets: Bucket[] = [];
  let after: Record<string, string> | undefined;
  do {
    const { aggregations } = await request(policy, 'asking the ledger what is owed', (options) =>
      client.search<unknown, { categories: Buckets }>(
        {
          index,
          size: 0,
          query: { terms: { state: [...OPEN_STATES] } },
          aggs: {
            categories: { composite: { size, sources, ...(after && { after }) }, aggs: aboutDeadlines(now) },
          },
          allow_partial_search_results: false,
        },
        options,
      ),
    );
    buckets.push(...(aggregations?.categories.buckets ?? []));
    after = aggregations?.categories.after_key;
  } while (after !== undefined);
  return buckets;
};

/** What a ledger owes, by category; of one category after the other where the server allows few buckets. The ledger must be there. */
export const openErasures = async (
  client: Client,
  policy: RequestPolicy,
  index: string,
  now: Instant,
): Promise<ReadonlyMap<string, OpenErasures>> => {
  const found = await bucketsOf(client, policy, { index, now, size: CATEGORIES_AT_ONCE }).catch((error: unknown) => {
    if (!(error instanceof RetentionError) || !TOO_MANY.has(error.code)) throw error;
    return bucketsOf(client, policy, { index, now, size: 1 });
  });
  return new Map(
    found.map(({ key: { category }, doc_count, overdue, nearest }) => [
      category,
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

/** Since when the termination is known that has been owed longest in a category. The ledger must be there. */
export const oldestOwed = async (
  client: Client,
  policy: RequestPolicy,
  index: string,
  category: string,
): Promise<Instant | undefined> => {
  const { hits } = await request(policy, 'asking the ledger what has been owed longest', (options) =>
    client.search<{ readonly obligation?: { readonly heardAt?: Instant } }>(
      {
        index,
        size: 1,
        query: {
          bool: {
            filter: [
              { term: { category } },
              { terms: { state: [...OPEN_STATES] } },
              { exists: { field: 'obligation.heardAt' } },
            ],
          },
        },
        sort: [{ 'obligation.heardAt': { order: 'asc' } }],
        _source: ['obligation.heardAt'],
        allow_partial_search_results: false,
      },
      options,
    ),
  );
  return hits.hits[0]?._source?.obligation?.heardAt;
};
