import type { Client, estypes } from '@elastic/elasticsearch';
import { TransientError } from '../../../base/errors.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { type Readable, readDocuments } from './own-documents.ts';

/** Errors that are temporary, or that do not depend on a document. */
const INDEPENDENT_OF_DOCUMENTS = new Set([
  'store-busy',
  'no-server',
  'timeout',
  'out-of-time',
  'partial-answer',
  'not-elasticsearch',
]);

/** A search for a page of our own documents. */
type PageRequest = estypes.SearchRequest & { readonly query?: estypes.QueryDslQueryContainer };

/** The complete printable documents of a page, and the positions of the other documents. */
const pageInParts = async <T>(
  ask: (search: PageRequest) => Promise<estypes.SearchResponse<T>>,
  search: PageRequest,
  unprintableIn: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
): Promise<estypes.SearchResponse<T> | undefined> => {
  const found = await ask({ ...search, _source: false });
  const ids = found.hits.hits.map(({ _id = '' }) => _id);
  const unprintable = await unprintableIn(ids);
  if (unprintable.size === 0) return undefined;
  const values = ids.filter((id) => !unprintable.has(id));
  const filter = [search.query ?? { match_all: {} }, { ids: { values } }];
  const { hits } = await ask({ ...search, query: { bool: { filter } } });
  const printed = new Map(hits.hits.map((hit) => [hit._id, hit]));
  // A document that was changed since, and is not found any more, is left out.
  const all = found.hits.hits.flatMap((hit) => (unprintable.has(hit._id ?? '') ? [hit] : (printed.get(hit._id) ?? [])));
  return { ...found, hits: { ...found.hits, hits: all } };
};

/**
 * Searches one of our own indices. A document that Elasticsearch stored but cannot print would spoil the whole answer,
 * so this search returns it without its `_source`.
 * @param doing for errors.
 * @throws InputError | TransientError
 */
export const searchDocuments = async <T>(
  client: Client,
  requests: RequestPolicy,
  own: Readable,
  { doing, search }: { readonly doing: string; readonly search: PageRequest },
): Promise<estypes.SearchResponse<T>> => {
  const ask = (page: PageRequest) => request(requests, doing, (options) => client.search<T>(page, options));
  const unprintableIn = async (ids: readonly string[]) => {
    const docs =
      ids.length === 0 ? [] : await readDocuments<T>(client, requests, own, { ids, meant: 'to give its documents' });
    return new Set(docs.flatMap(({ found, _source, _id }) => (found && _source === undefined ? [_id] : [])));
  };
  try {
    return await ask(search);
  } catch (error) {
    if (!(error instanceof TransientError) || INDEPENDENT_OF_DOCUMENTS.has(error.code)) throw error;
    const page = await pageInParts(ask, search, unprintableIn);
    if (page === undefined) throw error;
    return page;
  }
};
