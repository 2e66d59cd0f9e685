import type { Client, estypes } from '@elastic/elasticsearch';
import { ownValue } from '../../../base/objects.ts';
import type { Criteria } from '../../../criteria/due-criteria.ts';
import type { DocumentRemover, Slice, Target } from '../../../purge/document-remover.ts';
import { type RequestPolicy, request, requestOnce } from '../client/request.ts';
import { indexStateOf } from '../inspect/describe-indices.ts';
import { digestPaths, mappingDigest } from '../inspect/mapping-digest.ts';
import type { SearchTarget } from '../query/rule-query.ts';
import { dueRuntime, notDue } from '../rules/due-query.ts';
import { RULE_QUERIES } from '../rules/rule-queries.ts';
import { deleteSlice } from './delete-slice.ts';
import { takenOperations } from './index-operations.ts';
import { CONCRETE, type RemoverContext, refreshTarget, searchTarget } from './target-requests.ts';
import { nowAnAlias, unblocked } from './write-block.ts';

/**
 * Splits what is due in one index into slices, rule by rule.
 * @throws TransientError if not every shard answers.
 */
const measureSlices = async (search: SearchTarget, target: Target, criteria: Criteria): Promise<readonly Slice[]> => {
  const slices: Slice[] = [];
  for (const rule of RULE_QUERIES) slices.push(...(await rule.slices(search, target, criteria)));
  return slices;
};

type RemoverMethod<K extends keyof DocumentRemover> = (
  context: RemoverContext,
  ...given: Parameters<DocumentRemover[K]>
) => ReturnType<DocumentRemover[K]>;

const state: RemoverMethod<'state'> = async ({ client, requests }, index, fields) => {
  const wanted =
    fields === undefined
      ? { features: ['aliases', 'settings'] as estypes.IndicesGetFeature[] }
      : {
          features: ['aliases', 'settings', 'mappings'] as estypes.IndicesGetFeature[],
          filter_path: ['*.aliases', '*.settings', '*.data_stream', ...digestPaths(fields)],
        };
  const answer = await request(requests, `reading the state of ${index}`, (options) =>
    client.indices.get({ index, ignore_unavailable: true, expand_wildcards: 'none', ...wanted }, options),
  );
  const state = ownValue(answer, index);
  if (state === undefined) return undefined;
  return { ...indexStateOf(state), ...(fields !== undefined && { mapping: mappingDigest(state, fields) }) };
};

const liftWriteBlock: RemoverMethod<'liftWriteBlock'> = async ({ client, requests }, index) => {
  await request(requests, `lifting our write block from ${index}`, (options) =>
    client.indices.putSettings(
      { index, ignore_unavailable: true, expand_wildcards: 'none', settings: { 'index.blocks.write': null } },
      options,
    ),
  );
};

const blockWrites: RemoverMethod<'blockWrites'> = async (context, index) => {
  const answer = await request(context.destroying, `blocking writes to ${index}`, (options) =>
    context.client.indices.addBlock({ index, block: 'write', ...CONCRETE }, options),
  );
  const others = answer.indices.map(({ name }) => name).filter((name) => name !== index);
  // The answer names the indices that had no block before. If the name is an alias now, our request has blocked other
  // indices, and their blocks must be lifted.
  for (const other of others) await liftWriteBlock(context, other);
  if (others.length > 0) throw nowAnAlias(index, others);
  if (!answer.acknowledged) throw unblocked(index, answer);
};

const countLive: RemoverMethod<'countLive'> = async (context, target, criteria) => {
  await refreshTarget(context, target.name);
  const answer = await searchTarget(
    context,
    target,
    {
      query: notDue(criteria, target.usable),
      runtime_mappings: dueRuntime(criteria, target.usable),
      track_total_hits: true,
    },
    'counting live documents of',
  );
  const { total } = answer.hits;
  return typeof total === 'number' ? total : (total?.value ?? 0);
};

const drop: RemoverMethod<'drop'> = async ({ client, destroying }, index) => {
  // Sent only once: a second attempt could hit a new index of the same name.
  await requestOnce(destroying, `dropping ${index}`, (options) =>
    client.indices.delete(
      {
        index,
        allow_no_indices: false,
        ignore_unavailable: false,
        expand_wildcards: 'none',
        // The master gives up before we do. Otherwise a drop could be executed after nobody waits for it any more.
        master_timeout: `${Math.max(1, Math.floor(options.requestTimeout / 2))}ms`,
      },
      options,
    ),
  );
};

/**
 * The destructive port for documents, on Elasticsearch 8.19 and 9. Every call names one concrete index.
 * @param requests how everything else is sent: reads, and the lifting of a block.
 * @param destroying how drops, deletions and write blocks are sent.
 */
export const elasticsearchRemover = (
  client: Client,
  requests: RequestPolicy,
  destroying: RequestPolicy = requests,
): DocumentRemover => {
  const context: RemoverContext = { client, requests, destroying };
  return {
    state: (index, fields) => state(context, index, fields),
    blockWrites: (index) => blockWrites(context, index),
    liftWriteBlock: (index) => liftWriteBlock(context, index),
    countLive: (target, criteria) => countLive(context, target, criteria),
    operations: async (index) => (await takenOperations(client, requests, [index])).get(index),
    drop: (index) => drop(context, index),
    slices: (target, criteria) => measureSlices((...given) => searchTarget(context, ...given), target, criteria),
    deleteSlice: (target, criteria, permitted, onUnanswered) =>
      deleteSlice(context, target, criteria, permitted, onUnanswered),
    refresh: (index) => refreshTarget(context, index),
  };
};
