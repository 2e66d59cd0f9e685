import type { Client, estypes } from '@elastic/elasticsearch';
import { TransientError } from '../../../base/errors.ts';
import { isRecord } from '../../../base/objects.ts';

import type { Options, Params, Send } from './transport-request.ts';

interface Answered {
  readonly body: unknown;
  readonly statusCode: number | null;
  readonly meta?: { readonly connection?: { readonly url?: URL } | null };
}

/** The completeness information in the answer to a search or count. */
interface Extent {
  readonly timed_out?: boolean;
  readonly _shards?: Partial<Pick<estypes.ShardStatistics, 'total' | 'successful' | 'failed'>>;
}

/**
 * Why an answer to a search or count is incomplete: it ended early, or some shards are missing. Shards that could not
 * be asked are counted as failed by some versions and only missing by others.
 * @param primaries number of shards of the index, if known.
 * @returns undefined if the answer is complete.
 */
export const missingFrom = (
  { timed_out, _shards: { total = 0, successful = 0, failed = 0 } = {} }: Extent,
  primaries = total,
): string | undefined => {
  const isComplete = total === primaries && successful === primaries && failed === 0;
  if (isComplete && timed_out !== true) return undefined;
  return `${successful} of ${primaries} shards answered${timed_out ? ', and the search ended early (timed_out)' : ''}`;
};

/** @throws TransientError `partial-answer` if the answer to a search or count is incomplete. */
const assertWhole = (answer: Extent, path: string): void => {
  const missing = missingFrom(answer);
  if (missing === undefined) return;
  throw new TransientError('partial-answer', {
    expected: `a whole answer to ${path}`,
    found: missing,
    fix: 'This answer is not used. Try again. If this persists, look at GET /_cat/shards and at the load of the cluster.',
  });
};

/** The fields that an answer must have, by the end of the request's path. `a|b` means one of the two. */
const PARTS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^\/$/, ['version', 'cluster_uuid']],
  [/^\/_resolve\/index\//, ['indices', 'data_streams']],
  [/\/_search$/, ['hits', '_shards']],
  [/\/_msearch$/, ['responses']],
  [/\/_count$/, ['count', '_shards']],
  [/\/_field_caps$/, ['indices', 'fields']],
  [/\/_mget$/, ['docs']],
  [/\/_bulk$/, ['items']],
  [/\/_refresh$/, ['_shards']],
  [/\/_pit$/, ['id']],
  // If the request does not wait for completion, the answer names a task.
  [/\/(?:_delete_by_query|_update_by_query|_reindex)$/, ['failures|task']],
  [/^\/_cluster\/health(?:\/|$)/, ['status']],
  [/^\/_security\/user\/_has_privileges$/, ['has_all_requested']],
];

const asksForParts = ({ querystring }: Params): boolean => {
  if (typeof querystring === 'string') return querystring.includes('filter_path');
  return querystring !== undefined && 'filter_path' in querystring;
};

/** The part of an answer that Elasticsearch cannot have sent; undefined if there is none. */
const strangeIn = (params: Params, { body, statusCode }: Answered, isStream: boolean): string | undefined => {
  const status = statusCode ?? 0;
  if (status >= 300 && status < 400) return 'which points elsewhere';
  if (params.method === 'HEAD' || isStream || params.path.startsWith('/_cat')) return undefined;
  if (!isRecord(body)) return 'with no object of JSON';
  // With the option `ignore`, an error is returned as an answer.
  if (status >= 400 || asksForParts(params)) return undefined;
  const [, wanted = []] = PARTS.find(([path]) => path.test(params.path)) ?? [];
  const absent = wanted.filter((keys) => keys.split('|').every((key) => body[key] === undefined || body[key] === null));
  return absent.length === 0 ? undefined : `without ${absent.join(', ')}`;
};

/** @throws TransientError `not-elasticsearch` if something other than Elasticsearch must have answered. */
const assertFromElasticsearch = (params: Params, answered: Answered, isStream: boolean): void => {
  const strange = strangeIn(params, answered, isStream);
  if (strange === undefined) return;
  const host = answered.meta?.connection?.url?.host ?? 'the server';
  throw new TransientError('not-elasticsearch', {
    expected: `an answer from Elasticsearch to ${params.method} ${params.path.split('/').at(-1) || '/'}`,
    found: `HTTP ${answered.statusCode ?? '?'} from ${host}, ${strange}`,
    fix: 'Set ELASTICSEARCH_URL to Elasticsearch itself: another server, a login page or a proxy has answered. If the address is right, check what is in front of it.',
  });
};

/** Whether the caller accepts answers of only some shards, and checks the answer itself. */
const takesParts = (head: unknown): boolean => isRecord(head) && head.allow_partial_search_results === true;

/** Turns an incomplete item into an error item. */
const itemOf = (item: estypes.MsearchResponseItem): estypes.MsearchResponseItem => {
  if ('error' in item) return item;
  const missing = isRecord(item) ? missingFrom(item) : 'no object of JSON';
  return missing === undefined ? item : { error: { type: 'partial-answer', reason: missing }, status: 503 };
};

/**
 * The answer to several searches, with incomplete items turned into errors, except those whose header accepts partial
 * results.
 */
const judged = (params: Params, body: unknown): unknown => {
  if (!params.path.endsWith('/_msearch') || !Array.isArray(params.bulkBody) || !isRecord(body)) return body;
  const heads = params.bulkBody.filter((_, at) => at % 2 === 0);
  const items = body.responses as readonly estypes.MsearchResponseItem[];
  if (!Array.isArray(items) || items.length !== heads.length) return body;
  return { ...body, responses: items.map((item, at) => (takesParts(heads[at]) ? item : itemOf(item))) };
};

/** Paths whose answers must be complete: a search, a count, or opening a point in time. */
const WHOLE = /\/(?:_search|_count|_pit)$/;

const assertAllThere = (params: Params, body: unknown): void => {
  const { path, method, querystring } = params;
  if (!WHOLE.test(path) || method === 'DELETE' || takesParts(params.body) || takesParts(querystring)) return;
  if (!isRecord(body) || (path.endsWith('/_pit') && body._shards === undefined)) return;
  assertWhole(body, path.split('/').at(-1) ?? path);
};

/**
 * Refuses answers that are incomplete or that Elasticsearch cannot have sent. This is the only place that checks
 * completeness. So every result of a search or count can be believed. The exception is a request with
 * `allow_partial_search_results: true`: its caller checks the result.
 */
export const judgingAnswers = (client: Client): Client => {
  const send = client.transport.request.bind(client.transport) as unknown as (
    params: Params,
    options: Options,
  ) => Promise<Answered>;
  client.transport.request = (async (params: Params, options: NonNullable<Options> = {}) => {
    const answered = await send(params, { ...options, meta: true });
    const isStream = options.asStream === true;
    assertFromElasticsearch(params, answered, isStream);
    const isError = (answered.statusCode ?? 0) >= 400;
    if (!isStream && !isError) assertAllThere(params, answered.body);
    const body = isStream || isError ? answered.body : judged(params, answered.body);
    return options.meta === true ? { ...answered, body } : body;
  }) as unknown as Send;
  return client;
};
