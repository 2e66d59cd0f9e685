import { type Client, errors, type estypes } from '@elastic/elasticsearch';
import { ownValue } from '../../policy/own-value.ts';
import {
  type Criteria,
  type DocumentRemover,
  type Slice,
  sliceDocuments,
  type Target,
} from '../../purge/document-store.ts';
import { messageOf, WorldError } from '../../purge/errors.ts';
import { all } from './date-ranges.ts';
import { stateOf } from './describe-indices.ts';
import { dueInSlice, dueRuntime, notDue, withArriving } from './due-query.ts';
import { failureWords } from './error-words.ts';
import { takenOperations } from './index-operations.ts';
import { digestPaths, mappingDigest } from './mapping-digest.ts';
import { measureSlices } from './measure-slices.ts';
import { ofIndex } from './of-index.ts';
import { type RequestPolicy, request, requestOnce } from './request.ts';
import { retryByQuery } from './retry-by-query.ts';
import { missingFrom } from './whole-answers.ts';
import { nowAnAlias, unblocked } from './write-block.ts';

/** Concrete names only: a pattern matches nothing. A name that became an alias leads on all the same: see {@link ofIndex}. */
const CONCRETE = { allow_no_indices: false, ignore_unavailable: false, expand_wildcards: 'none' } as const;

const wholeAnswer = (name: string, primaries: number, answer: estypes.SearchResponseBody): void => {
  const missing = missingFrom(answer, primaries);
  if (missing === undefined) return;
  throw new WorldError('partial-answer', {
    expected: `an answer from all ${primaries} shards of ${name}`,
    found: missing,
    wayOut: 'The index is left as it is, and the next run counts again. If it stays, look at GET /_cat/shards.',
  });
};

/**
 * The destroying half of the documents' port, on Elasticsearch 8.19 and 9. Every call names one concrete index.
 * @param destroying how drops, deletions and write blocks are sent; `policy` is for all that looks, and for lifting a block.
 */
export const elasticsearchRemover = (
  client: Client,
  policy: RequestPolicy,
  destroying: RequestPolicy = policy,
): DocumentRemover => {
  const search = async (
    target: Target,
    body: estypes.SearchRequest,
    doing: string,
  ): Promise<estypes.SearchResponse> => {
    const answer = await request(policy, `${doing} ${target.name}`, (options) =>
      client.search(
        { index: target.name, ...CONCRETE, allow_partial_search_results: false, size: 0, ...body },
        options,
      ),
    );
    wholeAnswer(target.name, target.primaries, answer);
    return answer;
  };

  const refresh = async (index: string): Promise<void> => {
    const { _shards } = await request(policy, `refreshing ${index}`, (options) =>
      client.indices.refresh({ index, ...CONCRETE }, options),
    );
    if (_shards === undefined || _shards.failed === 0) return;
    throw new WorldError('partial-answer', {
      expected: `every shard of ${index} to refresh: what is not refreshed cannot be counted`,
      found: `${_shards.failed} of ${_shards.total} that failed`,
      wayOut: 'The index is left as it is, and the next run refreshes it again. If it stays, look at GET /_cat/shards.',
    });
  };

  const liftWriteBlock = async (index: string): Promise<void> => {
    await request(policy, `lifting our write block from ${index}`, (options) =>
      client.indices.putSettings(
        { index, ignore_unavailable: true, expand_wildcards: 'none', settings: { 'index.blocks.write': null } },
        options,
      ),
    );
  };

  /** @param onDeleted told how many documents the answer says were deleted, also where it is an error. */
  const deleteOnce = async (
    target: Target,
    criteria: Criteria,
    slice: Slice,
    onDeleted: (documents: number) => void,
  ): Promise<{ full: boolean }> => {
    const doing = `deleting what is due in ${target.name}`;
    const most = sliceDocuments(target);
    const dating = withArriving(target.dating);
    const answer = await requestOnce(destroying, doing, (options) =>
      client
        .deleteByQuery(
          {
            index: target.name,
            ...CONCRETE,
            // The client does not know run-time fields here; the server does.
            ...({
              body: {
                query: all(dueInSlice(criteria, dating, slice), ofIndex(target.name)),
                runtime_mappings: dueRuntime(criteria, dating, slice),
              },
            } as object),
            // Equal bounds: one batch, no scroll context, and the request ends by itself.
            max_docs: most,
            scroll_size: most,
            conflicts: 'abort',
            refresh: false,
            // The index may ask for more copies than there are, and then nothing is ever deleted.
            wait_for_active_shards: 1,
            timeout: `${Math.max(1, Math.floor(options.requestTimeout))}ms`,
            wait_for_completion: true,
          },
          options,
        )
        .catch((error) => {
          if (error instanceof errors.ResponseError) onDeleted(error.body?.deleted ?? 0);
          throw error;
        }),
    );
    onDeleted(answer.deleted ?? 0);
    const { failures = [] } = answer;
    if (failures.length > 0 || answer.timed_out)
      throw new WorldError('partial-deletion', {
        expected: `every shard of ${target.name} to take part`,
        found: failures.length === 0 ? 'a time-out' : failureWords(failures),
        wayOut:
          'What was deleted stays deleted, and the next run deletes the rest. If it stays, look at the shards (GET /_cat/shards) and the mapping.',
      });
    return { full: (answer.total ?? 0) >= most };
  };

  return {
    state: async (index, fields) => {
      const wanted =
        fields === undefined
          ? { features: ['aliases', 'settings'] as estypes.IndicesGetFeature[] }
          : {
              features: ['aliases', 'settings', 'mappings'] as estypes.IndicesGetFeature[],
              filter_path: ['*.aliases', '*.settings', '*.data_stream', ...digestPaths(fields)],
            };
      const answer = await request(policy, `reading the state of ${index}`, (options) =>
        client.indices.get({ index, ignore_unavailable: true, expand_wildcards: 'none', ...wanted }, options),
      );
      const state = ownValue(answer, index);
      if (state === undefined) return undefined;
      return { ...stateOf(state), ...(fields !== undefined && { mapping: mappingDigest(state, fields) }) };
    },
    blockWrites: async (index) => {
      const answer = await request(destroying, `blocking writes to ${index}`, (options) =>
        client.indices.addBlock({ index, block: 'write', ...CONCRETE }, options),
      );
      const others = answer.indices.map(({ name }) => name).filter((name) => name !== index);
      // The answer names those that were not blocked before: what our request met behind an alias is ours to lift.
      for (const other of others) await liftWriteBlock(other);
      if (others.length > 0) throw nowAnAlias(index, others);
      if (!answer.acknowledged) throw unblocked(index, answer);
    },
    liftWriteBlock,
    countLive: async (target, criteria) => {
      await refresh(target.name);
      const answer = await search(
        target,
        {
          query: notDue(criteria, target.dating),
          runtime_mappings: dueRuntime(criteria, target.dating),
          track_total_hits: true,
        },
        'counting live documents of',
      );
      const { total } = answer.hits;
      return typeof total === 'number' ? total : (total?.value ?? 0);
    },
    operations: async (index) => (await takenOperations(client, policy, [index])).get(index),
    drop: async (index) => {
      // Sent once: a second try could meet a new index of the same name.
      await requestOnce(destroying, `dropping ${index}`, (options) =>
        client.indices.delete(
          {
            index,
            allow_no_indices: false,
            ignore_unavailable: false,
            expand_wildcards: 'none',
            // The master gives up before we do: a drop must not wait in its queue when nobody waits for it any more.
            master_timeout: `${Math.max(1, Math.floor(options.requestTimeout / 2))}ms`,
          },
          options,
        ),
      );
    },
    slices: (target, criteria) => measureSlices(search, target, criteria),
    deleteSlice: async (target, criteria, permitted) => {
      let deleted = 0;
      const count = (documents: number): void => {
        deleted += documents;
      };
      const tryOnce = async () => {
        const slice = await permitted();
        return slice === undefined ? { full: false } : deleteOnce(target, criteria, slice, count);
      };
      try {
        const { full } = await retryByQuery(destroying, tryOnce, () => refresh(target.name));
        return { deleted, full };
      } catch (thrown) {
        if (deleted === 0) throw thrown;
        return { deleted, full: false, leftBecause: messageOf(thrown) };
      }
    },
    refresh,
  };
};
