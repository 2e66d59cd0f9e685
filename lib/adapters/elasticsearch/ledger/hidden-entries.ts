import type { Client, estypes } from '@elastic/elasticsearch';
import type { ReadEntry } from '../../../erasure/ledger/ledger.ts';
import { CLOSED_STATES, isMalformed, OPEN_STATES } from '../../../erasure/ledger/ledger-entry.ts';
import { TRIGGERS } from '../../../policy/termination-trigger.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import type { Readable } from '../own-index/own-documents.ts';
import { OWN_AT_ONCE } from '../own-index/own-index-settings.ts';
import { all, none } from '../query/bool-query.ts';
import { anyOf, ignored, missedByAny, missedByEach, without } from './hidden-query.ts';

const OPEN = { terms: { state: [...OPEN_STATES] } };
const CLOSED = { terms: { state: [...CLOSED_STATES] } };

/** Queries that none of our documents matches. */
const misfits = (category: string): readonly estypes.QueryDslQueryContainer[] => [
  ignored,
  none({ term: { category } }),
  none(OPEN, CLOSED),
  all(OPEN, CLOSED),
  none({ terms: { trigger: [...TRIGGERS] } }),
  all(OPEN, without('obligation.eraseFrom')),
  all(OPEN, without('obligation.eraseBy')),
];

/** Queries for the given entries that a search for their own content does not find. */
const notFoundByContent = (entries: readonly ReadEntry[]): readonly estypes.QueryDslQueryContainer[] => {
  const all = entries.map(({ entry }) => entry).filter((entry) => !isMalformed(entry));
  return [
    ...missedByEach(all, 'state', ({ state }) => state),
    missedByAny(all, 'subject.hash', ({ subject }) => subject.hash),
    missedByAny(all, 'subject.kid', ({ subject }) => subject.kid),
  ];
};

/**
 * The ids of documents in the ledger of a category that searches do not find by their content. Elasticsearch indexes a
 * keyword by the bytes that were sent (measured on 8.19.13 and 9.4.3), and does not index it if it was longer than
 * `ignore_above` at that time. `_source` shows neither.
 * @param entries entries that are compared one by one; entries that changed since are left out. Absent: all documents
 *   that cannot be ours.
 */
export const hiddenEntries = async (
  client: Client,
  requests: RequestPolicy,
  { name }: Readable,
  category: string,
  entries?: readonly ReadEntry[],
): Promise<readonly string[]> => {
  const should = entries === undefined ? misfits(category) : notFoundByContent(entries);
  const { hits } = await request(requests, 'looking for entries that no search finds', (options) =>
    client.search(
      {
        index: name,
        size: OWN_AT_ONCE,
        query: anyOf(should),
        _source: false,
        seq_no_primary_term: true,
        track_total_hits: false,
        allow_partial_search_results: false,
      },
      options,
    ),
  );
  const seqNos = entries && new Map(entries.map(({ entry, seqNo }) => [entry.id, seqNo]));
  return hits.hits.flatMap(({ _id = '', _seq_no }) =>
    seqNos === undefined || seqNos.get(_id) === _seq_no ? [_id] : [],
  );
};
