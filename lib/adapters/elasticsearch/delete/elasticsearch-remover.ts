import type { Client, estypes } from '@elastic/elasticsearch';
import pRetry from 'p-retry';
import { batched } from '../../../base/batch-calls.ts';
import { requestFateOf, TransientError } from '../../../base/errors.ts';
import { ownValue } from '../../../base/objects.ts';
import type { Criteria } from '../../../criteria/due-criteria.ts';
import type { IndexState } from '../../../criteria/index-description.ts';
import { type DocumentRemover, REFUSED_TOGETHER, type Slice, type Target } from '../../../purge/document-remover.ts';
import { backoff, type RequestPolicy, request, requestOnce } from '../client/request.ts';
import { missingFrom } from '../client/whole-answers.ts';
import { indexStateOf } from '../inspect/describe-indices.ts';
import { digestPaths, mappingDigest } from '../inspect/mapping-digest.ts';
import type { SearchTarget } from '../query/rule-query.ts';
import { dueRuntime, notDue } from '../rules/due-query.ts';
import { RULE_QUERIES } from '../rules/rule-queries.ts';
import { deleteSlice } from './delete-slice.ts';
import { takenOperations } from './index-operations.ts';
import { inOneRequest, partsOf } from './one-request.ts';
import { CONCRETE, type RemoverContext, refreshTarget, searchTarget } from './target-requests.ts';
import { blockNotConfirmed, nameBecameAlias } from './write-block.ts';

/**
 * Splits the due documents of one index into slices, rule by rule.
 * @throws TransientError if not every shard answers.
 */
const measureSlices = async (
  search: SearchTarget,
  ...given: Parameters<DocumentRemover['slices']>
): Promise<readonly Slice[]> => {
  const slices: Slice[] = [];
  for (const rule of RULE_QUERIES) slices.push(...(await rule.slices(search, ...given)));
  return slices;
};

type RemoverMethod<K extends keyof DocumentRemover> = (
  context: RemoverContext,
  ...given: Parameters<DocumentRemover[K]>
) => ReturnType<DocumentRemover[K]>;

const identity = (name: string): string => name;

/** The name of one index, or how many there are, for messages. */
const named = (names: readonly string[]): string => (names.length === 1 ? `${names[0]}` : `${names.length} indices`);

/** Reads the states of several indices. A name without an index has no state. */
const statesOf = async (
  { client, requests }: RemoverContext,
  names: readonly string[],
  fields: readonly string[] | undefined,
): Promise<(name: string) => IndexState | undefined> => {
  const wanted =
    fields === undefined
      ? { features: ['aliases', 'settings'] as estypes.IndicesGetFeature[] }
      : {
          features: ['aliases', 'settings', 'mappings'] as estypes.IndicesGetFeature[],
          filter_path: ['*.aliases', '*.settings', '*.data_stream', ...digestPaths(fields)],
        };
  const answer = await request(requests, `reading the state of ${named(names)}`, (options) =>
    client.indices.get({ index: [...names], ignore_unavailable: true, expand_wildcards: 'none', ...wanted }, options),
  );
  return (name) => {
    const state = ownValue(answer, name);
    if (state === undefined) return undefined;
    return { ...indexStateOf(state), ...(fields !== undefined && { mapping: mappingDigest(state, fields) }) };
  };
};

/** Reads states. Indices share a request if the same fields of them are needed. */
const readingStates = (context: RemoverContext): DocumentRemover['state'] => {
  const readers = new Map<string, (name: string) => Promise<IndexState | undefined>>();
  return (name, fields) => {
    const id = JSON.stringify(fields);
    const reader =
      readers.get(id) ??
      inOneRequest<string, IndexState | undefined>({
        nameOf: identity,
        ofMany: async (names) => {
          const stateOf = await statesOf(context, [...new Set(names)], fields);
          return new Map(names.map((each) => [each, stateOf(each)]));
        },
        ofOne: async (each) => (await statesOf(context, [each], fields))(each),
      });
    readers.set(id, reader);
    return reader(name);
  };
};

const liftWriteBlocks = async ({ client, requests }: RemoverContext, names: readonly string[]): Promise<void> => {
  await request(requests, `lifting our write block from ${named(names)}`, (options) =>
    client.indices.putSettings(
      {
        index: [...names],
        ignore_unavailable: true,
        expand_wildcards: 'none',
        settings: { 'index.blocks.write': null },
      },
      options,
    ),
  );
};

/**
 * The cluster has answered that it is busy. It may still carry out a part of that request, but does so before the next
 * request.
 */
const ANSWERED = new Set(['store-busy']);

/**
 * Blocks writes to several indices. The answer names the indices that had no block before.
 * @returns the answer, and the indices in it that nobody asked for. A name has become an alias, and our request has
 *   blocked the indices behind it. Their blocks were lifted again.
 */
const addBlocks = async (context: RemoverContext, names: readonly string[]) => {
  const send = () =>
    requestOnce(context.destroying, `blocking writes to ${named(names)}`, (options) =>
      context.client.indices.addBlock({ index: names.join(), block: 'write', ...CONCRETE }, options),
    );
  // Never sent again after a lost answer: the first request could set the block after the block of the second was
  // lifted.
  const answer = await pRetry(send, backoff(context.destroying, ANSWERED));
  const others = answer.indices.map(({ name }) => name).filter((name) => !names.includes(name));
  for (const other of others) await liftWriteBlocks(context, [other]);
  return { answer, others };
};

const blockWrites: RemoverMethod<'blockWrites'> = async (context, index) => {
  const { answer, others } = await addBlocks(context, [index]);
  if (others.length > 0) throw nameBecameAlias(index, others);
  if (!answer.acknowledged) throw blockNotConfirmed(index, answer);
};

/**
 * The indices that are certainly blocked. Each of the others is to be blocked alone. An index that had a block before
 * is not in the answer, and nobody knows which name is an alias.
 */
const blockMany = async (context: RemoverContext, names: readonly string[]): Promise<ReadonlyMap<string, void>> => {
  const { answer, others } = await addBlocks(context, names);
  if (others.length > 0 || !answer.acknowledged) return new Map();
  return new Map(answer.indices.filter(({ blocked }) => blocked).map(({ name }) => [name, undefined]));
};

/** A count of the live documents of one index. */
interface LiveCount {
  readonly target: Target;
  readonly criteria: Criteria;
}

const liveQuery = ({ target, criteria }: LiveCount) => ({
  query: notDue(criteria, target.usable),
  runtime_mappings: dueRuntime(criteria, target.usable),
  track_total_hits: true,
});

const totalOf = ({ hits: { total } }: Pick<estypes.SearchResponse, 'hits'>): number =>
  typeof total === 'number' ? total : (total?.value ?? 0);

const countLive = async (context: RemoverContext, count: LiveCount): Promise<number> => {
  await refreshTarget(context, count.target.name);
  return totalOf(await searchTarget(context, count.target, liveQuery(count), 'counting live documents of'));
};

/**
 * Counts those indices whose shards all refresh and answer. Each of the others is to be counted alone, to learn the
 * reason.
 */
const countMany = async (
  context: RemoverContext,
  counts: readonly LiveCount[],
): Promise<ReadonlyMap<LiveCount, number>> => {
  const { client, requests } = context;
  const names = counts.map(({ target }) => target.name);
  const doing = `${named(names)}`;
  const { _shards } = await request(requests, `refreshing ${doing}`, (options) =>
    client.indices.refresh({ index: names, ...CONCRETE }, options),
  );
  if (_shards === undefined || _shards.failed > 0) return new Map();
  const searches = counts.flatMap((count) => [
    { index: count.target.name, ...CONCRETE, allow_partial_search_results: false },
    { size: 0, ...liveQuery(count) },
  ]);
  const { responses } = await request(requests, `counting live documents of ${doing}`, (options) =>
    client.msearch({ searches }, options),
  );
  return new Map(
    counts.flatMap((count, at) => {
      const item = responses[at];
      if (item === undefined || 'error' in item) return [];
      return missingFrom(item, count.target.primaries) === undefined ? [[count, totalOf(item)] as const] : [];
    }),
  );
};

const dropOnce = async ({ client, destroying }: RemoverContext, names: readonly string[]): Promise<void> => {
  // Sent only once: a second attempt could hit a new index of the same name.
  await requestOnce(destroying, `dropping ${named(names)}`, (options) =>
    client.indices.delete(
      {
        index: [...names],
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

/** If a name is missing or may not be dropped, the cluster refuses the whole request and drops nothing. */
const refusedTogether = ({ message }: Error, names: readonly string[]): TransientError =>
  new TransientError(
    REFUSED_TOGETHER,
    {
      expected: `the cluster to drop ${named(names)} at once`,
      found: message,
      fix: 'None of them was dropped. Each is checked again, and dropped alone.',
    },
    { requestFate: 'refused' },
  );

const dropMany = async (context: RemoverContext, names: readonly string[]): Promise<undefined | Error> => {
  try {
    await dropOnce(context, names);
    return undefined;
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    return names.length > 1 && requestFateOf(thrown) === 'refused' ? refusedTogether(error, names) : error;
  }
};

/** Combines drops. A part is sent once, whatever its answer. */
const dropping = (context: RemoverContext) =>
  batched<string, void>(async (names) => {
    const errors = new Map<string, Error | undefined>();
    // The parts are sent side by side, so that only the time of one request lies between the last check of an index and
    // its drop.
    await Promise.all(
      partsOf(names, identity).map(async (part) => {
        const error = await dropMany(context, part);
        for (const name of part) errors.set(name, error);
      }),
    );
    return names.map((name) => errors.get(name));
  });

/**
 * The destructive port for documents, on Elasticsearch 8.19 and 9. Every call names one concrete index. Requests about
 * several indices at the same moment are joined into one. For the cluster, each change of an index is an update of its
 * state, and one update for many indices costs hardly more.
 * @param requests how everything else is sent: reads, and the lifting of a block.
 * @param destroying how drops, deletions and write blocks are sent.
 */
export const elasticsearchRemover = (
  client: Client,
  requests: RequestPolicy,
  destroying: RequestPolicy = requests,
): DocumentRemover => {
  const context: RemoverContext = { client, requests, destroying };
  const dropTogether = dropping(context);
  const count = inOneRequest<LiveCount, number>({
    nameOf: ({ target }) => target.name,
    ofMany: (counts) => countMany(context, counts),
    ofOne: (each) => countLive(context, each),
  });
  return {
    state: readingStates(context),
    blockWrites: inOneRequest<string, void>({
      nameOf: identity,
      ofMany: (names) => blockMany(context, names),
      ofOne: (index) => blockWrites(context, index),
    }),
    liftWriteBlock: inOneRequest<string, void>({
      nameOf: identity,
      ofMany: async (names) => {
        await liftWriteBlocks(context, names);
        return new Map(names.map((name) => [name, undefined]));
      },
      ofOne: (index) => liftWriteBlocks(context, [index]),
    }),
    countLive: (target, criteria) => count({ target, criteria }),
    operations: inOneRequest<string, number | undefined>({
      nameOf: identity,
      ofMany: (names) => takenOperations(client, requests, names),
      ofOne: async (index) => (await takenOperations(client, requests, [index])).get(index),
    }),
    drop: (index, isAlone = false) => (isAlone ? dropOnce(context, [index]) : dropTogether(index)),
    slices: (...given) => measureSlices((...asked) => searchTarget(context, ...asked), ...given),
    deleteSlice: (target, criteria, permitted, onUnanswered) =>
      deleteSlice(context, target, criteria, permitted, onUnanswered),
    refresh: (index) => refreshTarget(context, index),
  };
};
