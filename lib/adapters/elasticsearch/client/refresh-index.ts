import type { Client } from '@elastic/elasticsearch';
import { TransientError } from '../../../purge/errors.ts';
import { type RequestPolicy, request } from './request.ts';

/**
 * Refreshes an index of ours, or one that is refreshed alone.
 * @throws TransientError `partial-answer` where a shard was not refreshed: what was written there may be in no search.
 */
export const refreshIndex = async (client: Client, requests: RequestPolicy, name: string): Promise<void> => {
  const { _shards } = await request(requests, `refreshing ${name}`, (options) =>
    client.indices.refresh({ index: name }, options),
  );
  if ((_shards?.failed ?? 0) === 0) return;
  throw new TransientError('partial-answer', {
    expected: `every shard of ${name} to refresh: what is not refreshed is in no search`,
    found: `${_shards?.failed} of ${_shards?.total} that failed`,
    fix: 'Nothing is concluded from it: ask again. If it stays, look at GET /_cat/shards.',
  });
};
