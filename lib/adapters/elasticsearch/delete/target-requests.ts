import type { Client, estypes } from '@elastic/elasticsearch';
import type { Target } from '../../../purge/document-store.ts';
import { TransientError } from '../../../purge/errors.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { missingFrom } from '../client/whole-answers.ts';

/** Concrete names only: a pattern matches nothing. A name that became an alias leads on all the same: see {@link ofIndex}. */
export const CONCRETE = { allow_no_indices: false, ignore_unavailable: false, expand_wildcards: 'none' } as const;

/** How the destroying half of the documents' port speaks with Elasticsearch. */
export interface RemoverContext {
  readonly client: Client;
  /** For all that looks, and for lifting a block. */
  readonly requests: RequestPolicy;
  /** How drops, deletions and write blocks are sent. */
  readonly destroying: RequestPolicy;
}

const wholeAnswer = (name: string, primaries: number, answer: estypes.SearchResponseBody): void => {
  const missing = missingFrom(answer, primaries);
  if (missing === undefined) return;
  throw new TransientError('partial-answer', {
    expected: `an answer from all ${primaries} shards of ${name}`,
    found: missing,
    fix: 'The index is left as it is, and the next run counts again. If it stays, look at GET /_cat/shards.',
  });
};

/**
 * Searches one concrete index, all shards of it.
 * @throws TransientError when a shard did not answer.
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

/** @throws TransientError when a shard could not be refreshed. */
export const refreshTarget = async ({ client, requests }: RemoverContext, index: string): Promise<void> => {
  const { _shards } = await request(requests, `refreshing ${index}`, (options) =>
    client.indices.refresh({ index, ...CONCRETE }, options),
  );
  if (_shards === undefined || _shards.failed === 0) return;
  throw new TransientError('partial-answer', {
    expected: `every shard of ${index} to refresh: what is not refreshed cannot be counted`,
    found: `${_shards.failed} of ${_shards.total} that failed`,
    fix: 'The index is left as it is, and the next run refreshes it again. If it stays, look at GET /_cat/shards.',
  });
};
