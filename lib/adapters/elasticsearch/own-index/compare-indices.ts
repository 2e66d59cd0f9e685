import { isDeepStrictEqual } from 'node:util';
import type { estypes } from '@elastic/elasticsearch';
import { InputError, TransientError } from '../../../base/errors.ts';
import { refreshIndex } from '../client/refresh-index.ts';
import { request } from '../client/request.ts';
import { readDocuments } from './own-documents.ts';
import { ownIndex } from './own-index.ts';
import type { OwnIndexContext } from './own-index-state.ts';
import { searchDocuments } from './own-search.ts';

/** Number of documents compared in one request. */
const COMPARED_AT_ONCE = 500;
/** How long the server keeps the point in time that pages are read from. */
const KEPT = '5m';
/** The maximum number of ids named in an error. */
const MAX_IDS_NAMED = 5;

/** Names some of our documents by id. The ids contain no account. */
export const someOf = (ids: readonly string[]): string =>
  `${ids.slice(0, MAX_IDS_NAMED).join(', ')}${ids.length > MAX_IDS_NAMED ? ', …' : ''}`;

/** Calls `look` with every document of an index, page by page, all from the same point in time. */
export const forEachPage = async (
  { client, requests, shape }: OwnIndexContext,
  index: string,
  look: (page: readonly estypes.SearchHit[]) => Promise<void>,
): Promise<void> => {
  const doing = `reading ${index}`;
  const own = ownIndex(client, requests, index, shape.mappings);
  await refreshIndex(client, requests, index);
  const { id } = await request(requests, doing, (options) =>
    client.openPointInTime({ index, keep_alive: KEPT }, options),
  );
  let after: estypes.SortResults | undefined;
  do {
    const search = {
      pit: { id, keep_alive: KEPT },
      size: COMPARED_AT_ONCE,
      sort: ['_shard_doc'],
      track_total_hits: false,
      allow_partial_search_results: false,
      ...(after !== undefined && { search_after: after }),
    };
    const { hits } = await searchDocuments(client, requests, own, { doing, search });
    await look(hits.hits);
    after = hits.hits.length < COMPARED_AT_ONCE ? undefined : hits.hits.at(-1)?.sort;
  } while (after !== undefined);
  // If this fails, it expires by itself.
  await request(requests, doing, (options) => client.closePointInTime({ id }, options)).catch(() => undefined);
};

/**
 * Checks that every document of one index is in another one too, with the same content. Changes nothing.
 * @returns the number of compared documents.
 * @throws InputError `cannot-rebuild` if a document has other content there; TransientError `not-copied` if one is
 *   missing.
 */
export const assertAllIn = async (context: OwnIndexContext, from: string, to: string): Promise<number> => {
  const { client, requests, shape } = context;
  const target = ownIndex(client, requests, to, shape.mappings);
  const differing: string[] = [];
  let missing = 0;
  let compared = 0;
  await forEachPage(context, from, async (page) => {
    if (page.length === 0) return;
    const docs = await readDocuments(client, requests, target, {
      ids: page.map(({ _id = '' }) => _id),
      meant: 'to give its documents',
    });
    const copies = new Map(docs.flatMap(({ found, _id, _source }) => (found ? [[_id, _source]] : [])));
    for (const { _id = '', _source } of page) {
      if (!copies.has(_id)) missing += 1;
      // Documents that cannot be printed cannot be compared, so they count as different.
      else if (_source === undefined || !isDeepStrictEqual(copies.get(_id), _source)) differing.push(_id);
    }
    compared += page.length;
  });
  if (differing.length > 0)
    throw new InputError('cannot-rebuild', {
      expected: `the same content in ${from} and ${to} for each document that is in both`,
      found: `${differing.length} that differ: ${someOf(differing)}`,
      fix: `Both indices are kept. Stop everything that writes to ${shape.name}. Delete each of these documents from the index in which it is wrong (of two versions of a ledger entry, delete the one with fewer events), and run the command again. Then node bin/es-retention.mjs replay records the events of the archive once more.`,
    });
  if (missing > 0)
    throw new TransientError('not-copied', {
      expected: `every document of ${from} in ${to}`,
      found: `${missing} that are not there`,
      fix: 'Nothing was deleted: run the command again.',
    });
  return compared;
};
