import type { Client, estypes } from '@elastic/elasticsearch';
import type { Dating } from '../../purge/document-store.ts';
import { WorldError } from '../../purge/errors.ts';
import { wordsOf } from './error-words.ts';
import { type RequestPolicy, request, requestOnce } from './request.ts';

/** What a count needs to know of one index. */
export interface Countable {
  readonly name: string;
  readonly primaries: number;
  readonly dating: Dating;
}

/** Indices that the same queries fit: those whose fields can be believed alike. A handful of groups, however many indices. */
export interface Group {
  readonly dating: Dating;
  readonly indices: readonly Countable[];
}

/** What one group was answered: one item for each of its searches, in their order; none of them is an error. */
export interface GroupAnswer {
  readonly group: Group;
  readonly items: readonly estypes.MsearchMultiSearchItem[];
}

/** Every index that was asked about is in one of the answers, or in `unanswered` with the reason. */
export interface Answers {
  readonly answers: readonly GroupAnswer[];
  readonly unanswered: ReadonlyMap<string, string>;
}

/** So many requests are made to find the index at fault, and no more: a category may have hundreds of indices. */
const REQUESTS = 64;
/** A request that was not answered in time has taken as long as many quick ones. */
const TIMEOUT_COSTS = 16;

const isError = (item: estypes.MsearchResponseItem): item is estypes.ErrorResponseBase => 'error' in item;

/** Why an index did not answer of which a search took longer than it may. */
export const TIMED_OUT = 'the search timed out';

/** Whether an error is the cluster's setting, by which it refuses scripts: no part of a group is answered either. */
export const isRefusal = (words: string): boolean => words.includes('search.allow_expensive_queries');

/** The number of buckets that the server allows, where a search failed because it would have made more. */
const bucketsAllowed = ({ error }: estypes.ErrorResponseBase): number | undefined =>
  (error.caused_by as { max_buckets?: number } | undefined)?.max_buckets;

const reasonOf = (failed: estypes.ErrorResponseBase): string => {
  const most = bucketsAllowed(failed);
  return most === undefined ? wordsOf(failed.error) : `search.max_buckets is ${most}, and more are needed`;
};

/** The same group in parts: in two, or in as many as keep to a number of indices each. */
const partsOf = ({ dating, indices }: Group, most = Number.POSITIVE_INFINITY): readonly Group[] => {
  const size = Math.max(1, Math.min(Math.ceil(indices.length / 2), most));
  const parts: Group[] = [];
  for (let at = 0; at < indices.length; at += size) parts.push({ dating, indices: indices.slice(at, at + size) });
  return parts;
};

const halvesOf = (groups: readonly Group[]): readonly (readonly Group[])[] => {
  const [only] = groups;
  if (groups.length === 1 && only !== undefined) return partsOf(only).map((part) => [part]);
  const middle = Math.ceil(groups.length / 2);
  return [groups.slice(0, middle), groups.slice(middle)];
};

/**
 * Sends the searches of all groups in one `_msearch`. One odd index can take every answer with it: then it asks again in parts,
 * without retries, until the index at fault stands alone or the requests are used up.
 * @param searchesOf the search bodies of a group.
 * @returns what was answered, and why the rest was not.
 * @throws InputError | WorldError when nothing is answered at all.
 */
export const askInParts = async (
  client: Client,
  policy: RequestPolicy,
  doing: string,
  groups: readonly Group[],
  searchesOf: (group: Group) => readonly estypes.MsearchMultisearchBody[],
): Promise<Answers> => {
  const answers: GroupAnswer[] = [];
  const unanswered = new Map<string, string>();
  let left = REQUESTS;
  let failure: WorldError | undefined;

  const giveUp = (given: readonly Group[], why: string): void => {
    for (const { indices } of given) for (const { name } of indices) unanswered.set(name, why);
  };
  const canSplit = (given: readonly Group[]): boolean =>
    left > 0 && given.reduce((sum, { indices }) => sum + indices.length, 0) > 1;

  const send = async (given: readonly Group[], isFirst: boolean): Promise<void> => {
    left -= 1;
    let responses: readonly estypes.MsearchResponseItem[];
    try {
      const post = isFirst ? request : requestOnce;
      ({ responses } = await post(policy, doing, (options) => client.msearch(bodyOf(given, searchesOf), options)));
    } catch (thrown) {
      if (!(thrown instanceof WorldError)) throw thrown;
      failure ??= thrown;
      if (thrown.code === 'timeout') left -= TIMEOUT_COSTS;
      if (canSplit(given)) for (const half of halvesOf(given)) await send(half, false);
      else giveUp(given, thrown.explanation.found);
      return;
    }
    await takeIn(given, responses);
  };

  const takeIn = async (given: readonly Group[], responses: readonly estypes.MsearchResponseItem[]): Promise<void> => {
    const again: Group[] = [];
    let at = 0;
    for (const group of given) {
      const items = responses.slice(at, at + searchesOf(group).length);
      at += items.length;
      const failed = items.find(isError);
      if (failed === undefined) answers.push({ group, items: items as estypes.MsearchMultiSearchItem[] });
      else if (canSplit([group]) && !isRefusal(wordsOf(failed.error)))
        again.push(...partsOf(group, bucketsAllowed(failed)));
      else giveUp([group], reasonOf(failed));
    }
    if (again.length > 0) await send(again, false);
  };

  await send(groups, true);
  if (answers.length === 0 && failure !== undefined) throw failure;
  return { answers, unanswered };
};

const bodyOf = (
  groups: readonly Group[],
  searchesOf: (group: Group) => readonly estypes.MsearchMultisearchBody[],
): estypes.MsearchRequest => ({
  searches: groups.flatMap((group) => {
    const index = group.indices.map(({ name }) => name);
    const header = { index, ignore_unavailable: true, allow_partial_search_results: true };
    return searchesOf(group).flatMap((body) => [header, body]);
  }),
});
