import { buffer } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';
import { type Client, errors, type estypes } from '@elastic/elasticsearch';
import { TransientError } from '../../../base/errors.ts';
import { AS_SENT } from '../client/parsed-sources.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { isUnprintable } from '../client/unprintable.ts';

// Finds documents that a script would change beyond the date. A script of Elasticsearch reads a decimal number as a
// double and writes the whole document: 1.2345678901234567890 loses digits, 1e400 becomes text, 1.10 becomes 1.1. Only
// the text of `_source` shows such numbers.

const DOCUMENTS_AT_ONCE = 500;
const KEEP_ALIVE = '5m';
/** The maximum number of such documents that are excluded by id. */
const MAX_EXCLUDED = 10_000;

/**
 * Formats a finite number as Elasticsearch prints a double: `100000.0`, `1.0E7`. It prints at least two digits, and the
 * digits that come closest to the value.
 */
const asDouble = (number: number): string => {
  const magnitude = Math.abs(number);
  if (Object.is(number, -0)) return '-0.0';
  if (magnitude === 0 || (magnitude >= 1e-3 && magnitude < 1e7))
    return Number.isInteger(number) ? `${number}.0` : `${number}`;
  const shortest = number.toExponential();
  return (shortest.includes('.') ? shortest : number.toExponential(1)).replace(/e\+?/, 'E');
};

/**
 * Whether a JSON number would be written again unchanged; a keyword field distinguishes 1.10 from 1.1. Integers are not
 * doubles.
 */
const isKept = (number: string): boolean =>
  /[.eE]/.test(number) ? number === asDouble(Number(number)) : number !== '-0';

const LOST = Symbol('a number that would be written otherwise');

/** Whether a part of a document would be changed: such a number, or half of a surrogate pair. */
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

/** The view to search in, and the documents to look at. */
interface Looking {
  readonly client: Client;
  readonly requests: RequestPolicy;
  readonly doing: string;
  readonly search: estypes.SearchRequest;
}

type Place = Pick<estypes.SearchHit, '_id' | 'sort'>;

/** The positions of these documents in the view, in order. Positions do not depend on what the documents contain. */
const placesAfter = async (
  { client, requests, doing, search }: Looking,
  after: estypes.SortResults | undefined,
): Promise<readonly Place[]> => {
  const page = {
    ...search,
    size: DOCUMENTS_AT_ONCE,
    _source: false,
    ...(after !== undefined && { search_after: after }),
  };
  return (await request(requests, doing, (options) => client.search(page, options))).hits.hits;
};

/** The sources at these positions as they were sent. Undefined if the answer is not exactly about these positions. */
const sentAt = (body: Buffer, places: readonly Place[]): readonly estypes.SearchHit[] | undefined => {
  try {
    // Elasticsearch would decode a text that is not UTF-8 differently from us.
    const { hits } = (parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as estypes.SearchResponse).hits;
    const ids = (each: readonly Place[]) => each.map(({ _id }) => _id);
    return isDeepStrictEqual(ids(hits), ids(places)) ? hits : undefined;
  } catch {
    return undefined;
  }
};

/** The error in an answer. The answer of a proxy may not be JSON. */
const errorIn = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return {};
  }
};

/** 8.19 closes the connection while it prints a document that it cannot print. */
const isClosed = (error: unknown): undefined => {
  if (error instanceof errors.ConnectionError) return undefined;
  throw error;
};

const asSent = async (
  { client, requests, doing, search }: Looking,
  places: readonly Place[],
  after: estypes.SortResults | undefined,
): Promise<readonly estypes.SearchHit[] | undefined> =>
  request(requests, doing, async (options) => {
    const page = { ...search, size: places.length, ...(after !== undefined && { search_after: after }) };
    const raw = { ...options, asStream: true, meta: true, context: AS_SENT } as const;
    const answer = await client.search(page, raw).catch(isClosed);
    const bytes = await buffer((answer?.body ?? []) as never).catch(() => Buffer.alloc(0));
    if (answer === undefined || (answer.statusCode ?? 0) < 400) return sentAt(bytes, places);
    const failed = new errors.ResponseError({ ...answer, body: errorIn(bytes) } as never);
    if (isUnprintable(failed.body?.error)) return undefined;
    throw failed;
  });

/**
 * The documents that would be changed. If a document spoils the answer, the halves of the page are requested until it
 * is found.
 */
const unwritableAt = async (
  looking: Looking,
  places: readonly Place[],
  after: estypes.SortResults | undefined,
): Promise<readonly string[]> => {
  const hits = await asSent(looking, places, after);
  if (hits !== undefined) return hits.flatMap(({ _id = '', _source }) => (isLost(_source) ? [_id] : []));
  if (places.length === 1) return places.map(({ _id = '' }) => _id);
  const middle = Math.ceil(places.length / 2);
  return [
    ...(await unwritableAt(looking, places.slice(0, middle), after)),
    ...(await unwritableAt(looking, places.slice(middle), places[middle - 1]?.sort)),
  ];
};

const tooMany = (name: string): TransientError =>
  new TransientError('not-dated', {
    expected: `at most ${MAX_EXCLUDED} documents in ${name} that would change when they are written again`,
    found:
      'more: with numbers that would be written differently (1.10 as 1.1), with texts that are not valid Unicode, or not sent as JSON',
    fix: 'Write a date into these documents yourself, from their source. Or delete them by hand, if you know that they are older than the promise allows.',
  });

/**
 * Ids of documents that a script would change beyond the date, or that nobody can read. The content of a document
 * cannot affect the result for another.
 * @param query selects the documents to look at.
 * @throws TransientError if there are too many of them, or a shard does not answer.
 */
export const unwritableDocuments = async (
  client: Client,
  requests: RequestPolicy,
  name: string,
  query: estypes.QueryDslQueryContainer,
): Promise<readonly string[]> => {
  const doing = `reading the undatable documents of ${name}`;
  const { id } = await request(requests, doing, (options) =>
    client.openPointInTime({ index: name, keep_alive: KEEP_ALIVE, expand_wildcards: 'none' }, options),
  );
  const search = {
    pit: { id, keep_alive: KEEP_ALIVE },
    query,
    sort: [{ _shard_doc: 'asc' as const }],
    track_total_hits: false,
    allow_partial_search_results: false,
  };
  const looking = { client, requests, doing, search };
  const found: string[] = [];
  let after: estypes.SortResults | undefined;
  let places: readonly Place[];
  try {
    do {
      places = await placesAfter(looking, after);
      if (places.length > 0) found.push(...(await unwritableAt(looking, places, after)));
      if (found.length > MAX_EXCLUDED) throw tooMany(name);
      after = places.at(-1)?.sort;
    } while (places.length === DOCUMENTS_AT_ONCE);
  } finally {
    await client.closePointInTime({ id }, { ignore: [404] }).catch(() => undefined);
  }
  return found;
};
