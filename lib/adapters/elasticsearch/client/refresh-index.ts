import type { Client } from '@elastic/elasticsearch';
import { TransientError } from '../../../base/errors.ts';
import { type RequestPolicy, request } from './request.ts';

/**
 * Refreshes a single index.
 * @throws TransientError `partial-answer` if a shard was not refreshed: searches may not see what was written there.
 */
export const refreshIndex = async (client: Client, requests: RequestPolicy, name: string): Promise<void> => {
  const { _shards } = await request(requests, `refreshing ${name}`, (options) =>
    client.indices.refresh({ index: name }, options),
  );
  if ((_shards?.failed ?? 0) === 0) return;
  throw new TransientError('partial-answer', {
    expected: `every shard of ${name} to refresh, because no search finds what is not refreshed`,
    found: `${_shards?.failed} of ${_shards?.total} shards failed`,
    fix: 'Nothing is concluded from it. Try again. If this persists, look at GET /_cat/shards.',
  });
};
