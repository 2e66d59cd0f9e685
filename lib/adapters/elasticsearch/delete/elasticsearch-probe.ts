import type { Client } from '@elastic/elasticsearch';
import type { Probe } from '../../../purge/pace/pace.ts';
import { type RequestPolicy, requestOnce } from '../client/request.ts';
import { CONCRETE } from './target-requests.ts';

/** A search that reads at most one document of each shard. Its answer is not taken from the cache. */
export const elasticsearchProbe = (client: Client, requests: RequestPolicy): Probe => ({
  search: async (index) => {
    await requestOnce(requests, `measuring how fast searches of ${index} are`, (options) =>
      client.search(
        { index, ...CONCRETE, size: 0, track_total_hits: false, terminate_after: 1, request_cache: false },
        options,
      ),
    );
  },
});
