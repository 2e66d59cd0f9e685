import type { Client } from '@elastic/elasticsearch';
import { TransientError } from '../../../base/errors.ts';
import { type RequestPolicy, request } from './request.ts';

/**
 * Refreshes a single index.
 * @throws TransientError `partial-answer` if a shard was not refreshed: searches may not see recent writes to it.
 */
export const refreshIndex = async (client: Client, requests: RequestPolicy, name: string): Promise<void> => {
  const { _shards } = await request(requests, `refreshing ${name}`, (options) =>
    client.indices.refresh({ index: name }, options),
  );
  if ((_shards?.failed ?? 0) === 0) return;
  throw new TransientError('partial-answer', {
    expected: `every shard of ${name} to refresh, because searches find only refreshed documents`,
    found: `${_shards?.failed} of ${_shards?.total} shards failed`,
    fix: 'This answer is not used. Try again. If this persists, look at GET /_cat/shards.',
  });
};
