import type { Client } from '@elastic/elasticsearch';
import { type RequestPolicy, request } from '../client/request.ts';
import { ignored } from '../ledger/hidden-query.ts';
import { type Readable, readDocuments } from '../own-index/own-documents.ts';
import { searchDocuments } from '../own-index/own-search.ts';
import { all, none } from '../query/bool-query.ts';
import { isOfItsRun, reportIds } from './report-seal.ts';

/** The number of recent runs whose reports are checked: more than three days of a run every quarter of an hour. */
const RUNS = 500;

/**
 * Closed reports of recent runs that were not written by the run that opened them.
 * @returns their ids.
 */
export const contestedReports = async (
  client: Client,
  requests: RequestPolicy,
  own: Readable,
): Promise<readonly string[]> => {
  const index = own.name;
  await request(requests, `refreshing ${index}`, (options) => client.indices.refresh({ index }, options));
  const { hits } = await searchDocuments<{ readonly runId: string; readonly commitment: string }>(
    client,
    requests,
    own,
    {
      doing: `looking for opened reports in ${index}`,
      search: {
        index,
        size: RUNS,
        _source: ['runId', 'commitment'],
        // Somebody may have dated a report in the future, so that it would stay among the latest reports.
        query: {
          bool: {
            filter: [{ range: { startedAt: { lte: 'now' } } }],
            // A document may be indexed with other values than it contains.
            should: [
              all({ term: { state: 'open' } }, { exists: { field: 'commitment' } }),
              none({ terms: { state: ['open', 'closed'] } }),
              ignored,
            ],
            minimum_should_match: 1,
          },
        },
        sort: [{ startedAt: { order: 'desc' } }],
        allow_partial_search_results: false,
      },
    },
  );
  const opened = new Map(
    hits.hits.flatMap(({ _id = '', _source }) =>
      _id === reportIds(`${_source?.runId}`).opened ? [[reportIds(`${_source?.runId}`).closed, _source] as const] : [],
    ),
  );
  if (opened.size === 0) return [];
  const docs = await readDocuments(client, requests, own, {
    ids: [...opened.keys()],
    meant: 'to give its closed reports',
    source: ['opening'],
  });
  return docs.flatMap(({ found, _id, _source }) => (found && !isOfItsRun(opened.get(_id), _source) ? [_id] : []));
};
