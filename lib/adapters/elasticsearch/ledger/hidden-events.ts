import type { Client, estypes } from '@elastic/elasticsearch';
import { ACCOUNT_EVENT_TYPES } from '../../../erasure/events/event-fields.ts';
import type { HiddenDocument, RememberedEvent } from '../../../erasure/events/event-log.ts';
import { readDecision, readEvent } from '../../../erasure/stored/read-event.ts';
import type { RequestPolicy } from '../client/request.ts';
import { DOCUMENTS_AT_ONCE, pagesOf, type Readable } from '../own-index/own-documents.ts';
import { searchDocuments } from '../own-index/own-search.ts';
import { all, none } from '../query/bool-query.ts';
import { BESIDE_EVENTS, eventsOf } from './event-query.ts';
import { anyOf, ignored, missedBy, missedByAny, missedByEach, without } from './hidden-query.ts';

const EVENTS = { terms: { type: [...ACCOUNT_EVENT_TYPES] } };
const BESIDE = { terms: { type: [...BESIDE_EVENTS] } };

/** Queries that none of our documents matches. */
export const MISFITS: readonly estypes.QueryDslQueryContainer[] = [
  ignored,
  none(EVENTS, BESIDE),
  all(EVENTS, BESIDE),
  ...['hash', 'at', 'heardAt'].map((field) => all(EVENTS, without(field))),
];

/** Queries for the given events that a search for their own content does not find. */
const notFoundByContent = (events: readonly RememberedEvent[]): readonly estypes.QueryDslQueryContainer[] => [
  ...missedByEach(events, 'type', ({ type }) => type),
  missedByAny(events, 'hash', ({ hash }) => hash),
];

/**
 * Documents in the event log of a category that searches do not find by their content, like {@link hiddenEntries} for
 * the ledger.
 * @param known events that are compared one by one.
 * @param ids of events whose copies are in the archive: each must be found as an event.
 */
export const hiddenEvents = async (
  client: Client,
  requests: RequestPolicy,
  own: Readable,
  { known, ids }: { readonly known: readonly RememberedEvent[]; readonly ids: readonly string[] },
): Promise<readonly HiddenDocument[]> => {
  const queries = [
    MISFITS,
    ...pagesOf(known).map(notFoundByContent),
    ...pagesOf(ids).map((page) => [missedBy(page, eventsOf({ exists: { field: 'at' } }))]),
  ];
  const hidden = new Map<string, HiddenDocument>();
  for (const should of queries) {
    const { hits } = await searchDocuments(client, requests, own, {
      doing: 'looking for events that no search finds',
      search: {
        index: own.name,
        size: DOCUMENTS_AT_ONCE,
        query: anyOf(should),
        track_total_hits: false,
        allow_partial_search_results: false,
      },
    });
    for (const { _id: id = '', _source } of hits.hits) {
      const [decision] = readDecision(_source, id);
      hidden.set(id, { id, event: readEvent(_source, id), ...(decision !== undefined && { decision }) });
    }
  }
  return [...hidden.values()];
};
