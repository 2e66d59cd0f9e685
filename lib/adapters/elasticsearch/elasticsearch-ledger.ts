import type { Client, estypes } from '@elastic/elasticsearch';
import { LAST_INSTANT } from '../../erasure/document-shape.ts';
import type { Change, Ledger, LedgerQuery, ReadEntry } from '../../erasure/ledger.ts';
import {
  categoryOfEntry,
  hasOpenOpening,
  isEntryId,
  isReceiptDue,
  type LedgerEntry,
  OPEN_STATES,
  originIn,
} from '../../erasure/ledger-entry.ts';
import { notAnEntry, readEntry } from '../../erasure/read-entry.ts';
import { WorldError } from '../../purge/errors.ts';
import { oldestOwed } from './oldest-owed.ts';
import { isRefreshed, PAGE, pagesOf, readDocuments } from './own-documents.ts';
import { ownIndex } from './own-index.ts';
import { type RequestPolicy, request } from './request.ts';
import { nextPage } from './search-pages.ts';

const keyword = { type: 'keyword' } as const;
const long = { type: 'long' } as const;
const instant = { type: 'date', format: 'epoch_millis' } as const;
/** Kept, and found by nobody. */
const unsearchable = { type: 'keyword', index: false, doc_values: false } as const;

export const LEDGER_MAPPINGS: estypes.MappingTypeMapping = {
  dynamic: 'strict',
  properties: {
    id: keyword,
    category: keyword,
    trigger: keyword,
    scope: keyword,
    subject: { properties: { kid: keyword, hash: keyword } },
    uin: unsearchable,
    sdkAppId: unsearchable,
    events: { type: 'object', enabled: false },
    heardAt: instant,
    state: keyword,
    obligation: {
      properties: {
        requestId: keyword,
        heardAt: instant,
        terminatedAt: instant,
        eraseFrom: instant,
        eraseBy: instant,
        immediate: { type: 'boolean' },
        proof: unsearchable,
      },
    },
    progress: {
      properties: {
        documentsErased: long,
        claimed: long,
        claimedFor: instant,
        firstErasedAt: instant,
        verifiedAt: instant,
        newUse: long,
        indices: long,
      },
    },
    closedAt: instant,
    doneThrough: instant,
    reinstatedAt: instant,
    overdueSaidAt: instant,
    watched: { type: 'object', enabled: false },
    closures: { type: 'object', enabled: false },
    receiptDue: { type: 'boolean' },
    sealed: { type: 'boolean' },
  },
};

/** More versions of the subject key than are ever in use at a time. */
const MOST_KEYS = 1_000;
/** So many entries of each are looked at, whether their ids say the same. */
const SOME_IDS = { top_hits: { size: 10, _source: false } };

type KidBucket = estypes.AggregationsStringTermsBucket & {
  readonly some: { readonly hits: { readonly hits: readonly { readonly _id: string }[] } };
};

/** Whether entries stand under a version of the key by their ids, too: one that somebody wrote into an entry is of none. */
const isOfItsIds = ({ key, doc_count, some: { hits } }: KidBucket): boolean =>
  doc_count > hits.hits.length || hits.hits.some(({ _id }) => originIn(_id).hash.kid === String(key));

const tooManyKeys = (index: string, others: number): WorldError =>
  new WorldError('partial-answer', {
    expected: `open entries in ${index} under at most ${MOST_KEYS} versions of the subject key`,
    found: `more, with ${others} entries under the rest`,
    wayOut: `Somebody wrote them: see them with POST /${index}/_search {"aggs":{"kids":{"terms":{"field":"subject.kid","size":10000}}}}, and remove those of no version of ours.`,
  });

/** After every deadline that an entry can have. */
const NEVER = LAST_INSTANT + 1;

/**
 * Beside the entry stands what searches need: whether a receipt is due, whether every opening is sealed, and since when its events are
 * past. One that is dated ahead is not: a termination may still come that it takes back.
 */
const documentOf = (entry: LedgerEntry) => ({
  ...entry,
  heardAt: Math.max(0, ...entry.events.flatMap(({ heardAt, at }) => [heardAt, at])),
  receiptDue: entry.closures.some(isReceiptDue),
  sealed: !hasOpenOpening(entry),
});
type LedgerDocument = ReturnType<typeof documentOf>;
/** What searches need is no part of the entry. */
export const entryOf = (source: unknown, id: string): LedgerEntry => {
  const { heardAt: _, receiptDue: __, sealed: ___, ...entry } = { ...(source as LedgerDocument) };
  return readEntry(entry, id);
};

/** What somebody else wrote into a ledger under an id of its own is counted, and named, and is no entry. */
const foundIn = (category: string, source: unknown, id: string): LedgerEntry =>
  isEntryId(id) && categoryOfEntry(id) === category ? entryOf(source, id) : notAnEntry(id, category);

const filterOf = ({
  category,
  hashes,
  kids,
  states,
  eraseFromUpTo,
  eraseByBefore,
  overdueUnsaid,
  receiptDue,
  unsealed,
}: LedgerQuery): estypes.QueryDslQueryContainer[] => [
  { term: { category } },
  ...(hashes === undefined ? [] : [{ terms: { 'subject.hash': [...hashes] } }]),
  ...(kids === undefined ? [] : [{ terms: { 'subject.kid': [...kids] } }]),
  ...(states === undefined ? [] : [{ terms: { state: [...states] } }]),
  ...(eraseFromUpTo === undefined
    ? []
    : [
        { range: { 'obligation.eraseFrom': { lt: `${eraseFromUpTo + 1}`, format: 'epoch_millis' } } },
        // What is due, the cluster finds so by its own clock as well.
        { range: { 'obligation.eraseFrom': { lte: 'now' } } },
      ]),
  ...(eraseByBefore === undefined
    ? []
    : [{ range: { 'obligation.eraseBy': { lt: `${eraseByBefore}`, format: 'epoch_millis' } } }]),
  ...(overdueUnsaid === true ? [{ bool: { must_not: { exists: { field: 'overdueSaidAt' } } } }] : []),
  ...(receiptDue === true ? [{ term: { receiptDue: true } }] : []),
  ...(unsealed === true ? [{ bool: { must_not: { term: { sealed: true } } } }] : []),
];

const operationsOf = ({ entry, read }: Change) => [
  read === undefined
    ? { create: { _id: entry.id } }
    : { index: { _id: entry.id, if_seq_no: read.seqNo, if_primary_term: read.primaryTerm } },
  documentOf(entry),
];

const removalOf = ({ entry, seqNo, primaryTerm }: ReadEntry) => ({
  delete: { _id: entry.id, if_seq_no: seqNo, if_primary_term: primaryTerm },
});

/**
 * The ledger of one category in Elasticsearch: one document for each subject and kind of termination, its id the entry's. Entries are
 * changed by sequence number only.
 */
export const elasticsearchLedger = (
  client: Client,
  policy: RequestPolicy,
  index: string,
): Omit<Ledger, 'categories'> => {
  const own = ownIndex(client, policy, index, LEDGER_MAPPINGS);
  const failureOf = (cause: estypes.ErrorCause): WorldError =>
    own.failureOf(cause, 'to take a change', 'See the reason; the ledger is left as it was, and the next run goes on.');

  /** Whether there is a ledger at all: whoever only looks makes none. */
  const refreshed = () => isRefreshed(client, policy, own);

  const readPage = async (ids: readonly string[]): Promise<readonly ReadEntry[]> => {
    if (!(await own.isThere())) return [];
    const docs = await readDocuments<LedgerDocument>(client, policy, own, { ids, meant: 'to give an entry' });
    return docs.flatMap(({ found, _id, _source, _seq_no = 0, _primary_term = 0 }) =>
      found && _source ? [{ entry: entryOf(_source, _id), seqNo: _seq_no, primaryTerm: _primary_term }] : [],
    );
  };

  const writePage = (
    operations: NonNullable<estypes.BulkRequest<LedgerDocument, LedgerDocument>['operations']>,
  ): Promise<readonly string[]> =>
    own.write(async () => {
      const { items } = await request(policy, 'writing the ledger', (options) =>
        client.bulk<LedgerDocument, LedgerDocument>({ index, operations, wait_for_active_shards: 1 }, options),
      );
      return items.flatMap(({ create, index: replaced, delete: removed }) => {
        const { error, status, _id } = create ?? replaced ?? removed ?? { status: 500 };
        if (error !== undefined && status !== 409) throw failureOf(error);
        return status === 409 && typeof _id === 'string' ? [_id] : [];
      });
    });

  return {
    read: async (ids) => {
      const pages: ReadEntry[] = [];
      for (const page of pagesOf(ids)) pages.push(...(await readPage(page)));
      return new Map(pages.map((read) => [read.entry.id, read]));
    },
    write: async (changes) => {
      const conflicts: string[] = [];
      for (const page of pagesOf(changes)) conflicts.push(...(await writePage(page.flatMap(operationsOf))));
      return new Set(conflicts);
    },
    remove: async (reads) => {
      const kept: string[] = [];
      for (const page of pagesOf(reads)) kept.push(...(await writePage(page.map(removalOf))));
      return new Set(kept);
    },
    find: async (query, limit, from) => {
      if (!(await refreshed())) return { entries: [], total: 0 };
      const entries: ReadEntry[] = [];
      let after = from?.after as estypes.SortResults | undefined;
      let total = 0;
      do {
        const size = Math.min(PAGE, limit - entries.length);
        const { hits } = await request(policy, 'searching the ledger', (options) =>
          client.search<LedgerDocument>(
            {
              index,
              size,
              query: { bool: { filter: filterOf(query) } },
              // The sequence number tells those apart that somebody gave the id of another.
              sort: [{ 'obligation.eraseBy': { order: 'asc', missing: NEVER } }, { id: 'asc' }, { _seq_no: 'asc' }],
              seq_no_primary_term: true,
              track_total_hits: true,
              allow_partial_search_results: false,
              ...(after !== undefined && { search_after: after }),
            },
            options,
          ),
        );
        total = typeof hits.total === 'number' ? hits.total : (hits.total?.value ?? 0);
        for (const { _id = '', _source, _seq_no = 0, _primary_term = 0 } of hits.hits)
          entries.push({
            entry: foundIn(query.category, _source, _id),
            seqNo: _seq_no,
            primaryTerm: _primary_term,
          });
        after = size === 0 ? undefined : nextPage(hits.hits, size, 'asc');
      } while (after !== undefined && entries.length < limit);
      return { entries, total, ...(after !== undefined && { next: { after } }) };
    },
    kidsOfOpen: async (category) => {
      if (!(await refreshed())) return [];
      const { aggregations } = await request(policy, 'asking the ledger for its keys', (options) =>
        client.search<unknown, { kids: estypes.AggregationsStringTermsAggregate }>(
          {
            index,
            size: 0,
            query: {
              bool: { filter: filterOf({ category, states: OPEN_STATES }) },
            },
            aggs: { kids: { terms: { field: 'subject.kid', size: MOST_KEYS }, aggs: { some: SOME_IDS } } },
            allow_partial_search_results: false,
          },
          options,
        ),
      );
      // Whoever writes a thousand names into entries must hide none of the true ones.
      const { buckets = [], sum_other_doc_count: others = 0 } = aggregations?.kids ?? {};
      if (others > 0) throw tooManyKeys(index, others);
      return (buckets as KidBucket[]).filter(isOfItsIds).map(({ key }) => String(key));
    },
    oldestOwed: async (category) => ((await refreshed()) ? oldestOwed(client, policy, index, category) : undefined),
    forget: (category, before, work) => {
      const lt = `${before}`;
      const filter = [
        { term: { category } },
        { term: { receiptDue: false } },
        { terms: { state: ['erased', 'nothing-found', 'cancelled'] } },
        { range: { closedAt: { lt, format: 'epoch_millis' } } },
        { range: { heardAt: { lt, format: 'epoch_millis' } } },
      ];
      return own.forget({ bool: { filter } }, 'forgetting old entries of the ledger', work);
    },
  };
};
