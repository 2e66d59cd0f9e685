import type { Client, estypes } from '@elastic/elasticsearch';
import { TransientError } from '../../../base/errors.ts';
import type { UsableFields } from '../../../criteria/due-criteria.ts';
import { errorText } from '../client/error-text.ts';
import { type RequestPolicy, request, requestOnce } from '../client/request.ts';
import { isScriptForbidden, type KnownFaults, searchObstacleIn } from './known-faults.ts';

/** The facts that a count needs about one index. */
export interface Countable {
  readonly name: string;
  readonly primaries: number;
  readonly usable: UsableFields;
}

/**
 * Indices for which the same queries can be used, because the same fields can be believed. There are only a few groups,
 * however many indices.
 */
export interface Group {
  readonly usable: UsableFields;
  readonly indices: readonly Countable[];
}

/** The answer for one group: one item for each of its searches, in order. None of them is an error. */
export interface GroupAnswer {
  readonly group: Group;
  readonly items: readonly estypes.MsearchMultiSearchItem[];
}

/** Every requested index is either in one of the answers or in `unanswered`, with the reason. */
export interface Answers {
  readonly answers: readonly GroupAnswer[];
  readonly unanswered: ReadonlyMap<string, string>;
}

/** A request that timed out counts as this many quick requests. */
const TIMEOUT_COSTS = 16;

const isError = (item: estypes.MsearchResponseItem): item is estypes.ErrorResponseBase => 'error' in item;

/** Status codes of a busy server. This is not the fault of the index, which may answer next time. */
const BUSY = new Set([429, 503]);

/** The server's limit of buckets, if a search failed because it would exceed it. */
const bucketsAllowed = ({ error }: estypes.ErrorResponseBase): number | undefined =>
  (error.caused_by as { max_buckets?: number } | undefined)?.max_buckets;

const reasonOf = (failed: estypes.ErrorResponseBase): string => {
  const most = bucketsAllowed(failed);
  return most === undefined ? errorText(failed.error) : `search.max_buckets is ${most}, and more are needed`;
};

/** Splits a group: in two, or into parts with at most `most` indices. */
const partsOf = ({ usable, indices }: Group, most = Number.POSITIVE_INFINITY): readonly Group[] => {
  const size = Math.max(1, Math.min(Math.ceil(indices.length / 2), most));
  const parts: Group[] = [];
  for (let at = 0; at < indices.length; at += size) parts.push({ usable, indices: indices.slice(at, at + size) });
  return parts;
};

const halvesOf = (groups: readonly Group[]): readonly (readonly Group[])[] => {
  const [only] = groups;
  if (groups.length === 1 && only !== undefined) return partsOf(only).map((part) => [part]);
  const middle = Math.ceil(groups.length / 2);
  return [groups.slice(0, middle), groups.slice(middle)];
};

const sizeOf = (groups: readonly Group[]): number => groups.reduce((sum, { indices }) => sum + indices.length, 0);

const withoutFaulty = (groups: readonly Group[], { faulty }: KnownFaults): readonly Group[] =>
  groups
    .map(({ usable, indices }) => ({ usable, indices: indices.filter(({ name }) => !faulty.has(name)) }))
    .filter(({ indices }) => indices.length > 0);

/** What to ask of each group, and how. */
interface Question {
  readonly client: Client;
  readonly requests: RequestPolicy;
  /** For messages: `counting documents of …`. */
  readonly doing: string;
  /** The search bodies of a group. */
  readonly searchesOf: (group: Group) => readonly estypes.MsearchMultisearchBody[];
  /** The faulty indices that the command knows and does not ask again. New faulty indices are added. */
  readonly faults: KnownFaults;
}

/** A group, and the bodies of its searches in one request. */
interface AskedGroup {
  readonly group: Group;
  readonly searches: readonly estypes.MsearchMultisearchBody[];
}

class Asking {
  readonly answers: GroupAnswer[] = [];
  readonly unanswered = new Map<string, string>();
  /** Indices that need not be asked again. */
  readonly faulty = new Map<string, string>();
  failure: TransientError | undefined;
  readonly #question: Question;

  constructor(question: Question) {
    this.#question = question;
  }

  async send(groups: readonly Group[], isFirst = false): Promise<void> {
    const { client, requests, doing, searchesOf, faults } = this.#question;
    if (!isFirst) faults.left -= 1;
    const asked = groups.map((group) => ({ group, searches: searchesOf(group) }));
    let responses: readonly estypes.MsearchResponseItem[];
    try {
      const post = isFirst ? request : requestOnce;
      ({ responses } = await post(requests, doing, (options) => client.msearch(bodyOf(asked), options)));
    } catch (thrown) {
      if (!(thrown instanceof TransientError)) throw thrown;
      this.failure ??= thrown;
      if (thrown.code === 'timeout') faults.left -= TIMEOUT_COSTS;
      return this.#sendInHalves(groups, thrown);
    }
    return this.#takeIn(asked, responses);
  }

  async #sendInHalves(groups: readonly Group[], { code, explanation }: TransientError): Promise<void> {
    const isAlone = sizeOf(groups) === 1;
    for (const part of isAlone ? [groups] : halvesOf(groups))
      if (!isAlone && this.#question.faults.left > 0) await this.send(part);
      else this.#giveUp(part, explanation.found, code === 'store-busy');
  }

  async #takeIn(asked: readonly AskedGroup[], responses: readonly estypes.MsearchResponseItem[]): Promise<void> {
    const { faults } = this.#question;
    const again: Group[] = [];
    let at = 0;
    for (const { group, searches } of asked) {
      const items = responses.slice(at, at + searches.length);
      at += items.length;
      const failed = items.find(isError);
      if (failed === undefined) this.answers.push({ group, items: items as estypes.MsearchMultiSearchItem[] });
      else if (faults.left > 0 && sizeOf([group]) > 1 && !isScriptForbidden(errorText(failed.error)))
        again.push(...partsOf(group, bucketsAllowed(failed)));
      else this.#giveUp([group], reasonOf(failed), BUSY.has(failed.status));
    }
    if (again.length > 0) await this.send(again);
  }

  #giveUp(groups: readonly Group[], why: string, isBusy: boolean): void {
    for (const { usable, indices } of groups)
      for (const { name } of indices) {
        this.unanswered.set(name, why);
        // If an error only concerns the search for subjects, one more request is sent without that search.
        if (!isBusy && (usable.account === undefined || searchObstacleIn(why) === undefined))
          this.faulty.set(name, why);
      }
  }
}

/**
 * Sends the searches of all groups in one `_msearch`. One faulty index can spoil the answers for all others. Then
 * groups are split and asked again, without retries, until the faulty index is alone or the limit of requests is
 * reached.
 * @returns the answers, and why the rest was not answered.
 * @throws InputError | TransientError if nothing was answered at all.
 */
export const askInParts = async (groups: readonly Group[], question: Question): Promise<Answers> => {
  const { faults } = question;
  const asking = new Asking(question);
  const asked = withoutFaulty(groups, faults);
  if (asked.length > 0) await asking.send(asked, true);
  const { answers, unanswered, faulty, failure } = asking;
  if (answers.length === 0 && failure !== undefined) throw failure;
  for (const [name, why] of faulty) faults.faulty.set(name, why);
  for (const { name } of groups.flatMap(({ indices }) => indices)) {
    const why = faults.faulty.get(name);
    if (why !== undefined) unanswered.set(name, why);
  }
  return { answers, unanswered };
};

const bodyOf = (asked: readonly AskedGroup[]): estypes.MsearchRequest => ({
  searches: asked.flatMap(({ group, searches }) => {
    const index = group.indices.map(({ name }) => name);
    const header = { index, ignore_unavailable: true, allow_partial_search_results: true };
    return searches.flatMap((body) => [header, body]);
  }),
});
