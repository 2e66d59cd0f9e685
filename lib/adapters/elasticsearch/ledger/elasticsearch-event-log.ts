import type { Client, estypes } from '@elastic/elasticsearch';
import type { ArrivalSpan, EventLog, KeptDecision, KeptEvent } from '../../../erasure/events/event-log.ts';
import { readDecision, readEvent, readHeard } from '../../../erasure/stored/read-event.ts';
import { TRIGGERS } from '../../../policy/termination-trigger.ts';
import { type Instant, isoInstant } from '../../../policy/time/instant.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { nextPage } from '../client/search-pages.ts';
import { createDocuments, type KeptDocument } from '../own-index/create-documents.ts';
import { DOCUMENTS_AT_ONCE, isRefreshed, missingIn, pagesOf } from '../own-index/own-documents.ts';
import { allBefore, type OwnIndex, ownIndex } from '../own-index/own-index.ts';
import { searchDocuments } from '../own-index/own-search.ts';
import { between, decisionsOf, EVENT_MAPPINGS, eventsOf, FORGOTTEN_BEFORE } from './event-query.ts';
import { hiddenEvents, MISFITS } from './hidden-events.ts';
import { anyOf } from './hidden-query.ts';

/** The index with the events of one category. */
interface EventContext {
  readonly client: Client;
  readonly requests: RequestPolicy;
  readonly index: string;
  readonly own: OwnIndex;
}

const readEvents = (source: unknown, id: string): readonly KeptEvent[] => [readEvent(source, id)];

const documentOf = (source: KeptEvent | KeptDecision): KeptDocument => ({ id: source.id, source });

/** Uses the document's id as the event's id, since nobody can edit it. */
const search = async <T>(
  { client, requests, index, own }: EventContext,
  query: estypes.QueryDslQueryContainer,
  limit: number,
  readAs: (source: unknown, id: string) => readonly T[],
  source: estypes.SearchSourceConfig = true,
  order: 'asc' | 'desc' = 'desc',
): Promise<readonly T[]> => {
  const events: T[] = [];
  let after: estypes.SortResults | undefined;
  do {
    const size = Math.min(DOCUMENTS_AT_ONCE, limit - events.length);
    const { hits } = await searchDocuments(client, requests, own, {
      doing: 'reading the events',
      search: {
        index,
        size,
        query,
        _source: source,
        sort: [{ heardAt: order }, { _seq_no: 'asc' }],
        track_total_hits: false,
        allow_partial_search_results: false,
        ...(after !== undefined && { search_after: after }),
      },
    });
    events.push(...hits.hits.flatMap(({ _id = '', _source }) => readAs(_source, _id)));
    after = nextPage(hits.hits, size, order);
  } while (after !== undefined && events.length < limit);
  return events;
};

const change = (
  { client, requests, index, own }: EventContext,
  operations: NonNullable<estypes.BulkRequest['operations']>,
): Promise<void> =>
  own.write(async () => {
    const { items } = await request(requests, 'restoring the events', (options) =>
      client.bulk({ index, operations, wait_for_active_shards: 1 }, options),
    );
    for (const { index: written, delete: removed } of items) {
      const { error } = written ?? removed ?? {};
      if (error !== undefined) throw own.failureOf(error, 'to take an event', 'See the reason; then replay again.');
    }
  });

/**
 * Everything of one kind about these subjects in the log, a page of subjects at a time. Also reads all documents that
 * no search for a kind or hash finds: they may include a reinstatement that was written while the mapping ignored its
 * hash.
 */
const searchAbout = async <T extends { readonly id: string; readonly hash: string }>(
  context: EventContext,
  hashes: readonly string[],
  queryOf: (terms: estypes.QueryDslQueryContainer) => estypes.QueryDslQueryContainer,
  readAs: (source: unknown, id: string) => readonly T[],
): Promise<readonly T[]> => {
  const wanted = new Set(hashes);
  const found = new Map<string, T>();
  for (const page of pagesOf([...wanted]))
    for (const each of await search(context, queryOf({ terms: { hash: [...page] } }), Number.POSITIVE_INFINITY, readAs))
      found.set(each.id, each);
  for (const each of await search(context, anyOf(MISFITS), Number.POSITIVE_INFINITY, readAs))
    if (wanted.has(each.hash)) found.set(each.id, each);
  return [...found.values()];
};

/** One request for all spans. They are counted by their position: a range that ends is not part of it. */
const countArrived = async (
  { client, requests, index }: EventContext,
  source: string,
  spans: readonly ArrivalSpan[],
): Promise<readonly number[]> => {
  const filter = [{ term: { source } }, { terms: { type: [...TRIGGERS] } }];
  const ranges = spans.map(({ from, to }, at) => ({ key: `${at}`, from: isoInstant(from), to: isoInstant(to + 1) }));
  const { aggregations } = await request(requests, 'counting what arrived', (options) =>
    client.search<unknown, { readonly spans: { readonly buckets: Readonly<Record<string, { doc_count: number }>> } }>(
      {
        index,
        size: 0,
        query: { bool: { filter } },
        aggs: { spans: { date_range: { field: 'arrivedAt', keyed: true, ranges } } },
        allow_partial_search_results: false,
      },
      options,
    ),
  );
  return spans.map((_, at) => aggregations?.spans.buckets[at]?.doc_count ?? 0);
};

const removedBefore = async (
  { client, requests, index }: EventContext,
  latest: Instant,
): Promise<Instant | undefined> => {
  const { aggregations } = await request(requests, 'reading what may be forgotten', (options) =>
    client.search<unknown, { readonly latest: estypes.AggregationsMaxAggregate }>(
      {
        index,
        size: 0,
        query: { bool: { filter: { term: { type: FORGOTTEN_BEFORE } }, must_not: between('at', latest + 1) } },
        aggs: { latest: { max: { field: 'at' } } },
        allow_partial_search_results: false,
      },
      options,
    ),
  );
  return aggregations?.latest.value ?? undefined;
};

/**
 * The event log of one category in Elasticsearch: one document for each accepted account event and each decision
 * about an erasure. Documents are only created, so that a repeated event is stored once.
 */
export const elasticsearchEventLog = (client: Client, requests: RequestPolicy, index: string): EventLog => {
  const own = ownIndex(client, requests, index, EVENT_MAPPINGS);
  const context: EventContext = { client, requests, index, own };
  const shape = { name: index, mappings: EVENT_MAPPINGS };
  /** Whether there are any events, after a refresh. Reading must not create the index. */
  const isThere = () => isRefreshed(client, requests, own);
  return {
    keep: (events) => createDocuments(client, requests, shape, events.map(documentOf)),
    since: async (at, limit) => {
      if (!(await isThere())) return [];
      return search(context, eventsOf(between('at', at)), limit, readEvents, { excludes: ['requestId'] });
    },
    heardBetween: async (from, to, limit) => {
      if (!(await isThere())) return [];
      const query = eventsOf(between('heardAt', from, to));
      return search(context, query, limit, readHeard, { excludes: ['requestId', 'alsoUnder'] }, 'asc');
    },
    about: async (hashes) =>
      hashes.length > 0 && (await isThere()) ? searchAbout(context, hashes, eventsOf, readEvents) : [],
    ofRequest: async (requestId) =>
      (await isThere())
        ? search(context, eventsOf({ term: { requestId } }), DOCUMENTS_AT_ONCE, readEvents).then((found) =>
            found.filter((event) => event.requestId === requestId),
          )
        : [],
    restore: async (events) => {
      for (const page of pagesOf(events))
        await change(
          context,
          page.flatMap((event) => [{ index: { _id: event.id } }, event]),
        );
    },
    remove: async (ids) => {
      for (const page of pagesOf(ids))
        await change(
          context,
          page.map((_id) => ({ delete: { _id } })),
        );
    },
    arrived: async (source, spans) => ((await isThere()) ? countArrived(context, source, spans) : spans.map(() => 0)),
    decide: async (decisions) => {
      await createDocuments(client, requests, shape, decisions.map(documentOf));
    },
    decisions: async (hashes) =>
      hashes.length > 0 && (await isThere()) ? searchAbout(context, hashes, decisionsOf, readDecision) : [],
    removedBefore: async (latest) => ((await isThere()) ? removedBefore(context, latest) : undefined),
    noteRemoved: async (before, now) => {
      if (!(await isThere())) return;
      const [id, at] = [`${FORGOTTEN_BEFORE}/${before}`, isoInstant(before)];
      const source = { id, type: FORGOTTEN_BEFORE, at, heardAt: isoInstant(now) };
      await createDocuments(client, requests, shape, [{ id, source }]);
    },
    hidden: async (known, ids) => ((await isThere()) ? hiddenEvents(client, requests, own, { known, ids }) : []),
    missing: (ids) => missingIn(client, requests, own, ids),
    removeOld: (before, work) =>
      own.removeMatching(allBefore(['heardAt', 'at'], before), 'forgetting old events', work),
  };
};
