import { text } from 'node:stream/consumers';
import { type Client, errors, type estypes } from '@elastic/elasticsearch';
import { WorldError } from '../../../purge/errors.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { assertWhole } from '../client/whole-answers.ts';
import { all, none } from '../query/date-ranges.ts';
import { SOURCE_OF } from '../scripts/source-values-script.ts';

// A script of Elasticsearch has a decimal number as a double, and writes the whole document again: 1.2345678901234567890 would lose digits,
// 1e400 become a text, and 1.10 become 1.1. Only the text of _source shows such numbers.

const PAGE = 500;
const KEEP_ALIVE = '5m';
/** More such documents are not left out one by one. */
const MOST = 10_000;

/** A finite number as Elasticsearch writes a double: `100000.0`, `1.0E7`. It has two digits where one would do, and they are the nearest. */
const asDouble = (number: number): string => {
  const magnitude = Math.abs(number);
  if (Object.is(number, -0)) return '-0.0';
  if (magnitude === 0 || (magnitude >= 1e-3 && magnitude < 1e7))
    return Number.isInteger(number) ? `${number}.0` : `${number}`;
  const shortest = number.toExponential();
  return (shortest.includes('.') ? shortest : number.toExponential(1)).replace(/e\+?/, 'E');
};

/** Whether a number of JSON would be written again as it stands: a keyword field tells 1.10 from 1.1. Whole ones are no doubles. */
const isKept = (number: string): boolean =>
  /[.eE]/.test(number) ? number === asDouble(Number(number)) : number !== '-0';

const LOST = Symbol('a number that would be written otherwise');

/** Whether a part of a document would not be written as it is: such a number, or half of a surrogate pair. */
const isLost = (value: unknown): boolean => {
  if (value === LOST) return true;
  if (typeof value === 'string') return !value.isWellFormed();
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, child]) => isLost(key) || isLost(child));
};

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

const parse = (body: string): unknown => {
  const revive: Reviver = (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && !isKept(source) ? LOST : value;
  return JSON.parse(body, revive as Parameters<typeof JSON.parse>[1]);
};

const pageOf = async (
  client: Client,
  policy: RequestPolicy,
  doing: string,
  page: estypes.SearchRequest,
): Promise<estypes.SearchResponse> =>
  request(policy, doing, async (options) => {
    const answer = await client.search(page, { ...options, asStream: true, meta: true });
    const body = parse(await text(answer.body as never)) as estypes.SearchResponse;
    if ((answer.statusCode ?? 0) >= 400) throw new errors.ResponseError({ ...answer, body } as never);
    assertWhole(body, '_search');
    return body;
  });

const tooMany = (name: string): WorldError =>
  new WorldError('not-settled', {
    expected: `at most ${MOST} documents in ${name} that would not be written again as they are`,
    found: 'more, with numbers that would be written otherwise (1.10 as 1.1), or texts that are no Unicode',
    wayOut:
      'Write a date into these documents yourself, from where they came; or delete them by hand, if you know that they are older than the promise.',
  });

const readUnwritable = async (
  client: Client,
  policy: RequestPolicy,
  name: string,
  query: estypes.QueryDslQueryContainer,
): Promise<readonly string[]> => {
  const doing = `reading the undatable documents of ${name}`;
  const { id } = await request(policy, doing, (options) =>
    client.openPointInTime({ index: name, keep_alive: KEEP_ALIVE, expand_wildcards: 'none' }, options),
  );
  const found: string[] = [];
  let after: estypes.SortResults | undefined;
  try {
    do {
      const { hits } = await pageOf(client, policy, doing, {
        pit: { id, keep_alive: KEEP_ALIVE },
        size: PAGE,
        query,
        _source: true,
        sort: [{ _shard_doc: 'asc' }],
        track_total_hits: false,
        allow_partial_search_results: false,
        ...(after !== undefined && { search_after: after }),
      });
      found.push(...hits.hits.flatMap((hit) => (isLost(hit._source) ? [hit._id ?? ''] : [])));
      if (found.length > MOST) throw tooMany(name);
      after = hits.hits.length < PAGE ? undefined : hits.hits.at(-1)?.sort;
    } while (after !== undefined);
  } finally {
    await client.closePointInTime({ id }, { ignore: [404] }).catch(() => undefined);
  }
  return found;
};

/** What Elasticsearch says of a document that it stored and cannot read: one that was sent as YAML, say. */
const UNREADABLE = 'not_x_content_exception';
const READABLE = 'es_retention_readable';
const TELLS_READABLE = `${SOURCE_OF} emit(sourceOf(params) != null);`;

/** Ids of the documents that nobody can read. */
const unreadableDocuments = async (
  client: Client,
  policy: RequestPolicy,
  name: string,
  query: estypes.QueryDslQueryContainer,
): Promise<readonly string[]> => {
  const { hits } = await request(policy, `looking for documents of ${name} that nobody can read`, (options) =>
    client.search(
      {
        index: name,
        expand_wildcards: 'none',
        size: PAGE,
        _source: false,
        runtime_mappings: { [READABLE]: { type: 'boolean', script: { source: TELLS_READABLE } } },
        query: all(query, { term: { [READABLE]: { value: false } } }),
        track_total_hits: false,
        allow_partial_search_results: false,
      },
      options,
    ),
  );
  if (hits.hits.length === PAGE)
    throw new WorldError('not-settled', {
      expected: `fewer than ${PAGE} documents in ${name} that Elasticsearch stored and cannot read`,
      found: 'more: sent as YAML without a first line ---, say',
      wayOut: 'Send each again as JSON under its id, or delete it by hand.',
    });
  return hits.hits.map(({ _id = '' }) => _id);
};

/** Elasticsearch 9.4 answers with an error; 8.19 closes the connection while it prints such a document. */
const mayHaveUnreadable = (error: unknown): boolean =>
  error instanceof WorldError && (error.code === 'no-server' || error.explanation.found.includes(UNREADABLE));

/**
 * Ids of documents that a script would not write again as they are, or that nobody can read.
 * @param query which documents are looked at.
 * @throws WorldError when there are too many of them, or a shard does not answer.
 */
export const unwritableDocuments = async (
  client: Client,
  policy: RequestPolicy,
  name: string,
  query: estypes.QueryDslQueryContainer,
): Promise<readonly string[]> => {
  try {
    return await readUnwritable(client, policy, name, query);
  } catch (error) {
    if (!mayHaveUnreadable(error)) throw error;
    const unread = await unreadableDocuments(client, policy, name, query);
    if (unread.length === 0) throw error;
    const others = all(query, none({ ids: { values: [...unread] } }));
    return [...unread, ...(await readUnwritable(client, policy, name, others))];
  }
};
