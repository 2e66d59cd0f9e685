import type { Client, estypes } from '@elastic/elasticsearch';
import { TransientError } from '../../../base/errors.ts';
import type { Target } from '../../../purge/document-remover.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { missingFrom } from '../client/whole-answers.ts';

/**
 * Accepts concrete names only: a pattern matches nothing. A name that has become an alias is still accepted; see {@link
 * ofIndex}.
 */
export const CONCRETE = { allow_no_indices: false, ignore_unavailable: false, expand_wildcards: 'none' } as const;

/** The client and limits of the destructive port. */
export interface RemoverContext {
  readonly client: Client;
  /** For reading, and for lifting a block. */
  readonly requests: RequestPolicy;
  /** For drops, deletions and write blocks. */
  readonly destroying: RequestPolicy;
}

const wholeAnswer = (name: string, primaries: number, answer: estypes.SearchResponseBody): void => {
  const missing = missingFrom(answer, primaries);
  if (missing === undefined) return;
  throw new TransientError('partial-answer', {
    expected: `an answer from all ${primaries} shards of ${name}`,
    found: missing,
    fix: 'The index is left as it is, and the next run counts again. If this persists, look at GET /_cat/shards.',
  });
};

/**
 * Searches all shards of one concrete index.
 * @throws TransientError if a shard did not answer.
 */
export const searchTarget = async (
  { client, requests }: RemoverContext,
  target: Target,
  body: estypes.SearchRequest,
  doing: string,
): Promise<estypes.SearchResponse> => {
  const answer = await request(requests, `${doing} ${target.name}`, (options) =>
    client.search({ index: target.name, ...CONCRETE, allow_partial_search_results: false, size: 0, ...body }, options),
  );
  wholeAnswer(target.name, target.primaries, answer);
  return answer;
};

/**
 * Refreshes one concrete index.
 * @throws TransientError if a shard could not be refreshed.
 */
export const refreshTarget = async ({ client, requests }: RemoverContext, index: string): Promise<void> => {
  const { _shards } = await request(requests, `refreshing ${index}`, (options) =>
    client.indices.refresh({ index, ...CONCRETE }, options),
  );
  if (_shards === undefined || _shards.failed === 0) return;
  throw new TransientError('partial-answer', {
    expected: `every shard of ${index} to refresh, because documents that are not refreshed cannot be counted`,
    found: `${_shards.failed} of ${_shards.total} shards failed`,
    fix: 'The index is left as it is, and the next run refreshes it again. If this persists, look at GET /_cat/shards.',
  });
};
