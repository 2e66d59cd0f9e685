import type { Client } from '@elastic/elasticsearch';
import { OPEN_STATES } from '../../../erasure/ledger/ledger-entry.ts';
import type { Instant } from '../../../policy/time/instant.ts';
import { type RequestPolicy, request } from '../client/request.ts';

/** When the category recorded the oldest termination whose erasure it still owes. The ledger must exist. */
export const oldestOwed = async (
  client: Client,
  requests: RequestPolicy,
  index: string,
  category: string,
): Promise<Instant | undefined> => {
  const { hits } = await request(requests, 'asking the ledger what has been owed longest', (options) =>
    client.search(
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
        _source: false,
        allow_partial_search_results: false,
      },
      options,
    ),
  );
  const [oldest] = hits.hits[0]?.sort ?? [];
  return typeof oldest === 'number' ? oldest : undefined;
};
