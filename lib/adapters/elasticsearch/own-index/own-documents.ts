import type { Client, estypes } from '@elastic/elasticsearch';
import { type RetentionError, TransientError } from '../../../base/errors.ts';
import { errorText } from '../client/error-text.ts';
import { UNALLOCATED } from '../client/fixes.ts';
import { refreshIndex } from '../client/refresh-index.ts';
import { missingPrivilege, type RequestPolicy, request } from '../client/request.ts';
import { isUnprintable } from '../client/unprintable.ts';
import type { OwnIndex } from './own-index.ts';
import { OWN_AT_ONCE } from './own-index-settings.ts';
import { NO_INDEX } from './own-index-state.ts';

/** Number of our own documents in one request. */
export const DOCUMENTS_AT_ONCE = OWN_AT_ONCE;

/** Splits items into parts, one for each request. */
export const pagesOf = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / DOCUMENTS_AT_ONCE) }, (_, at) =>
    items.slice(at * DOCUMENTS_AT_ONCE, (at + 1) * DOCUMENTS_AT_ONCE),
  );

const readingOf = ({ name }: Pick<OwnIndex, 'name'>): string => `reading ${name}`;

type ReadFrom = Pick<OwnIndex, 'name' | 'isThere' | 'gone'>;

/** Why a document cannot be read: its index is gone, hidden from the key, or does not answer. */
const errorOf = (
  own: Pick<OwnIndex, 'name' | 'gone' | 'failureOf'>,
  cause: estypes.ErrorCause,
  meant: string,
): RetentionError => {
  if (cause.type === NO_INDEX) return own.gone();
  if (cause.type === 'security_exception') return missingPrivilege(readingOf(own), errorText(cause));
  return own.failureOf(cause, meant, 'See the reason; the next run asks again.');
};

/** Errors of a shard that is not ready yet, because another run has just created the index. */
const STARTING = new Set(['no_shard_available_action_exception', 'illegal_index_shard_state_exception']);

const startingError = (name: string): TransientError =>
  new TransientError('store-busy', {
    expected: `${name} to give its documents`,
    found: 'a shard that has not started yet',
    fix: UNALLOCATED,
  });

/** An index of our own documents, and its name in errors. */
export type Readable = Pick<OwnIndex, 'name' | 'gone' | 'failureOf'>;

/** The documents to read, by id. */
interface Reading {
  readonly ids: readonly string[];
  /** The purpose of the read, for errors. */
  readonly meant: string;
  /** Fields of the source, or `false` for none. Default: all. */
  readonly source?: boolean | string[];
}

const get = async <T>(
  client: Client,
  requests: RequestPolicy,
  own: Readable,
  { ids, meant, source = true }: Reading,
): Promise<{ readonly docs: readonly estypes.GetGetResult<T>[]; readonly unprintable: readonly string[] }> =>
  request(requests, readingOf(own), async (options) => {
    const { docs } = await client.mget<T>({ index: own.name, ids: [...ids], _source: source }, options);
    const unprintable: string[] = [];
    const read = docs.flatMap((doc) => {
      if (!('error' in doc)) return [doc];
      if (STARTING.has(doc.error.type)) throw startingError(own.name);
      if (source === false || !isUnprintable(doc.error)) throw errorOf(own, doc.error, meant);
      unprintable.push(doc._id);
      return [];
    });
    return { docs: read, unprintable };
  });

/**
 * Reads our own documents by id, without needing a refresh. Retries while the index is only just starting. The caller
 * has checked that it exists. A document that Elasticsearch stored but cannot print (for example sent as YAML) is found
 * without its `_source`.
 * @throws TransientError `own-index-missing` if it was deleted meanwhile; otherwise the server's error.
 */
export const readDocuments = async <T>(
  client: Client,
  requests: RequestPolicy,
  own: Readable,
  reading: Reading,
): Promise<readonly estypes.GetGetResult<T>[]> => {
  const { docs, unprintable } = await get<T>(client, requests, own, reading);
  if (unprintable.length === 0) return docs;
  const without = await get<T>(client, requests, own, { ...reading, ids: unprintable, source: false });
  return [...docs, ...without.docs];
};

/**
 * Refreshes one of our own indices. Never creates it.
 * @returns whether it exists.
 * @throws InputError | TransientError; `own-index-missing` if it was deleted meanwhile.
 */
export const isRefreshed = async (
  client: Client,
  requests: RequestPolicy,
  { name, isThere, gone }: ReadFrom,
): Promise<boolean> => {
  if (!(await isThere())) return false;
  try {
    await refreshIndex(client, requests, name);
    return true;
  } catch (error) {
    throw error instanceof TransientError && error.code === NO_INDEX ? gone() : error;
  }
};

/**
 * The ids among these without a document in one of our own indices, without needing a refresh. All of them if the index
 * does not exist.
 */
export const missingIn = async (
  client: Client,
  requests: RequestPolicy,
  own: ReadFrom & Pick<OwnIndex, 'failureOf'>,
  ids: readonly string[],
): Promise<ReadonlySet<string>> => {
  if (!(await own.isThere())) return new Set(ids);
  const missing = new Set<string>();
  for (const page of pagesOf(ids)) {
    const docs = await readDocuments(client, requests, own, {
      ids: page,
      meant: 'to say which documents it has',
      source: false,
    });
    for (const { found, _id } of docs) if (!found) missing.add(_id);
  }
  return missing;
};

/**
 * Reads the document with one id in each of several own indices of one kind, in one request. An index that is gone has
 * none.
 * @param meant what the read was for, for errors.
 * @throws InputError | TransientError if one of them does not answer.
 */
export const readInEach = async <T>(
  client: Client,
  requests: RequestPolicy,
  indices: readonly Pick<OwnIndex, 'name' | 'gone' | 'failureOf'>[],
  id: string,
  meant: string,
): Promise<ReadonlyMap<string, T>> => {
  if (indices.length === 0) return new Map();
  const docs = indices.map(({ name }) => ({ _index: name, _id: id }));
  return request(requests, `reading ${id} of ${indices.length} indices`, async (options) => {
    const answer = await client.mget<T>({ docs }, options);
    const found = indices.map((own, at): readonly [string, T] | undefined => {
      const doc = answer.docs[at];
      if (doc === undefined || !('error' in doc)) return doc?.found ? [own.name, doc._source as T] : undefined;
      if (STARTING.has(doc.error.type)) throw startingError(own.name);
      if (doc.error.type === NO_INDEX) return undefined;
      throw errorOf(own, doc.error, meant);
    });
    return new Map(found.flatMap((each) => (each === undefined ? [] : [each])));
  });
};
