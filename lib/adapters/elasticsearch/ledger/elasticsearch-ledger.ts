import type { Client, estypes } from '@elastic/elasticsearch';
import type { Ledger, LedgerQuery, ReadEntry } from '../../../erasure/ledger/ledger.ts';
import { LAST_INSTANT } from '../../../erasure/stored/document-shape.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { nextPage } from '../client/search-pages.ts';
import { DOCUMENTS_AT_ONCE, isRefreshed, pagesOf, readDocuments } from '../own-index/own-documents.ts';
import { type OwnIndex, ownIndex } from '../own-index/own-index.ts';
import { searchDocuments } from '../own-index/own-search.ts';
import { hiddenEntries } from './hidden-entries.ts';
import {
  bulkOperationsOf,
  entryOf,
  foundIn,
  LEDGER_MAPPINGS,
  type LedgerDocument,
  removalOf,
} from './ledger-document.ts';
import { keyIdsOfOpen } from './ledger-keys.ts';
import { filterOf } from './ledger-query.ts';
import { oldestOwed } from './oldest-owed.ts';

/** An instant after every deadline that an entry can have. */
const NEVER = LAST_INSTANT + 1;

/** The fix if a change was rejected. */
const LEFT = 'See the reason; the ledger is left as it was, and the next run continues.';

/** The index with the ledger of one category. */
interface LedgerContext {
  readonly client: Client;
  readonly requests: RequestPolicy;
  readonly index: string;
  readonly own: OwnIndex;
}

const readPage = async (
  { client, requests, own }: LedgerContext,
  ids: readonly string[],
): Promise<readonly ReadEntry[]> => {
  if (!(await own.isThere())) return [];
  const docs = await readDocuments<LedgerDocument>(client, requests, own, { ids, meant: 'to give an entry' });
  return docs.flatMap(({ found, _id, _source, _seq_no = 0, _primary_term = 0 }) =>
    found ? [{ entry: entryOf(_source, _id), seqNo: _seq_no, primaryTerm: _primary_term }] : [],
  );
};

/** The ids of documents that a bulk request did not change, and the positions of the others. */
interface WrittenPage {
  readonly conflicts: readonly string[];
  readonly positions: ReadonlyMap<string, Pick<ReadEntry, 'seqNo' | 'primaryTerm'>>;
}

type BulkItem = Partial<Record<estypes.BulkOperationType, estypes.BulkResponseItem>>;

/** The result of one operation of a bulk request. */
const resultOf = ({ create, index: replaced, delete: removed }: BulkItem) => {
  const item: estypes.BulkResponseItem = create ?? replaced ?? removed ?? { _index: '', status: 500 };
  const { error, status, _id, _seq_no: seqNo, _primary_term: primaryTerm } = item;
  return { error, status, id: _id ?? '', seqNo, primaryTerm };
};

const writePage = (
  { client, requests, index, own }: LedgerContext,
  operations: NonNullable<estypes.BulkRequest<LedgerDocument, LedgerDocument>['operations']>,
): Promise<WrittenPage> =>
  own.write(async () => {
    const { items } = await request(requests, 'writing the ledger', (options) =>
      client.bulk<LedgerDocument, LedgerDocument>({ index, operations, wait_for_active_shards: 1 }, options),
    );
    const conflicts: string[] = [];
    const positions = new Map<string, Pick<ReadEntry, 'seqNo' | 'primaryTerm'>>();
    for (const item of items) {
      const { error, status, id, seqNo, primaryTerm } = resultOf(item);
      if (status === 409) conflicts.push(id);
      else if (error !== undefined) throw own.failureOf(error, 'to take a change', LEFT);
      else if (seqNo !== undefined && primaryTerm !== undefined) positions.set(id, { seqNo, primaryTerm });
    }
    return { conflicts, positions };
  });

const changedIn = async (
  { client, requests, own }: LedgerContext,
  reads: readonly ReadEntry[],
): Promise<readonly string[]> => {
  if (!(await own.isThere())) throw own.gone();
  const docs = await readDocuments(client, requests, own, {
    ids: reads.map(({ entry }) => entry.id),
    meant: 'to tell whether an entry was changed',
    source: false,
  });
  await own.assertSame();
  const now = new Map(docs.flatMap((doc) => (doc.found ? [[doc._id, doc] as const] : [])));
  return reads.flatMap(({ entry: { id }, seqNo, primaryTerm }) => {
    const doc = now.get(id);
    return doc?._seq_no === seqNo && doc._primary_term === primaryTerm ? [] : id;
  });
};

const writeChanges = async (
  context: LedgerContext,
  changes: Parameters<Ledger['write']>[0],
  onWritten: Parameters<Ledger['write']>[1],
): Promise<ReadonlySet<string>> => {
  const all = new Set<string>();
  for (const page of pagesOf(changes)) {
    if (page.some(({ read }) => read !== undefined)) await context.own.assertSame();
    const { conflicts, positions } = await writePage(context, page.flatMap(bulkOperationsOf));
    for (const id of conflicts) all.add(id);
    for (const { entry } of page) {
      const position = positions.get(entry.id);
      if (position !== undefined) onWritten?.({ entry, ...position });
    }
  }
  return all;
};

/** One page of the entries that a query finds, and their total number. */
const searchPage = async (
  { client, requests, index, own }: LedgerContext,
  query: LedgerQuery,
  size: number,
  after: estypes.SortResults | undefined,
) => {
  const { hits } = await searchDocuments<LedgerDocument>(client, requests, own, {
    doing: 'searching the ledger',
    search: {
      index,
      size,
      query: { bool: { filter: filterOf(query) } },
      sort: [{ 'obligation.eraseBy': { order: 'asc', missing: NEVER } }, { _seq_no: 'asc' }],
      seq_no_primary_term: true,
      track_total_hits: true,
      allow_partial_search_results: false,
      ...(after !== undefined && { search_after: after }),
    },
  });
  return {
    entries: hits.hits.map(({ _id = '', _source, _seq_no = 0, _primary_term = 0 }) => ({
      entry: foundIn(query.category, _source, _id),
      seqNo: _seq_no,
      primaryTerm: _primary_term,
    })),
    total: typeof hits.total === 'number' ? hits.total : (hits.total?.value ?? 0),
    next: size === 0 ? undefined : nextPage(hits.hits, size, 'asc'),
  };
};

const find = async (
  context: LedgerContext,
  query: LedgerQuery,
  limit: number,
  from: Parameters<Ledger['find']>[2],
): ReturnType<Ledger['find']> => {
  // An entry that is written meanwhile appears once more, after others with the same deadline.
  const entries = new Map<string, ReadEntry>();
  let after = from?.after as estypes.SortResults | undefined;
  let total = 0;
  do {
    const page = await searchPage(context, query, Math.min(DOCUMENTS_AT_ONCE, limit - entries.size), after);
    for (const read of page.entries) entries.set(read.entry.id, read);
    total = page.total;
    after = page.next;
  } while (after !== undefined && entries.size < limit);
  return { entries: [...entries.values()], total, ...(after !== undefined && { next: { after } }) };
};

/**
 * The ledger of one category in Elasticsearch: one document for each subject and kind of termination. The document's id
 * is the entry's id. Entries are changed by sequence number only.
 */
export const elasticsearchLedger = (
  client: Client,
  requests: RequestPolicy,
  index: string,
): Omit<Ledger, 'categories'> => {
  const own = ownIndex(client, requests, index, LEDGER_MAPPINGS);
  const context: LedgerContext = { client, requests, index, own };
  /** Whether the ledger exists. Reading must not create it. */
  const refreshed = () => isRefreshed(client, requests, own);
  return {
    read: async (ids) => {
      const pages: ReadEntry[] = [];
      for (const page of pagesOf(ids)) pages.push(...(await readPage(context, page)));
      return new Map(pages.map((read) => [read.entry.id, read]));
    },
    changed: async (reads) => {
      const changed = new Set<string>();
      for (const page of pagesOf(reads)) for (const id of await changedIn(context, page)) changed.add(id);
      return changed;
    },
    write: (changes, onWritten) => writeChanges(context, changes, onWritten),
    remove: async (reads) => {
      const kept = new Set<string>();
      for (const page of pagesOf(reads)) {
        await own.assertSame();
        for (const id of (await writePage(context, page.map(removalOf))).conflicts) kept.add(id);
      }
      return kept;
    },
    find: async (query, limit, from) =>
      (await refreshed()) ? find(context, query, limit, from) : { entries: [], total: 0 },
    hidden: async (category, entries) => {
      const hidden = new Set<string>();
      const pages = entries === undefined ? [undefined] : pagesOf(entries);
      if (pages.length === 0 || !(await refreshed())) return hidden;
      for (const page of pages)
        for (const id of await hiddenEntries(client, requests, own, category, page)) hidden.add(id);
      return hidden;
    },
    keyIdsOfOpen: async (category) => ((await refreshed()) ? keyIdsOfOpen(client, requests, index, category) : []),
    oldestOwed: async (category) => ((await refreshed()) ? oldestOwed(client, requests, index, category) : undefined),
    removeOld: (category, before, work) => {
      const lt = `${before}`;
      const filter = [
        { term: { category } },
        { term: { receiptDue: false } },
        { terms: { state: ['erased', 'nothing-found', 'cancelled'] } },
        { range: { closedAt: { lt, format: 'epoch_millis' } } },
        { range: { heardAt: { lt, format: 'epoch_millis' } } },
      ];
      return own.removeMatching({ bool: { filter } }, 'forgetting old entries of the ledger', work);
    },
  };
};
