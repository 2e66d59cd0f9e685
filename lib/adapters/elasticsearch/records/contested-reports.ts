import type { Client } from '@elastic/elasticsearch';
import { type RequestPolicy, request } from '../client/request.ts';
import { reportIds } from './report-ids.ts';
import { isOfItsRun } from './report-seal.ts';

/** So many runs are looked through, those that began last: three days of one every quarter of an hour, and more. */
const RUNS = 500;

/**
 * The closed reports among those of the last runs that are not of the run that opened them.
 * @returns their ids.
 */
export const contestedReports = async (
  client: Client,
  policy: RequestPolicy,
  index: string,
): Promise<readonly string[]> => {
  await request(policy, `refreshing ${index}`, (options) => client.indices.refresh({ index }, options));
  const { hits } = await request(policy, `looking for opened reports in ${index}`, (options) =>
    client.search<{ readonly runId: string; readonly commitment: string }>(
      {
        index,
        size: RUNS,
        _source: ['runId', 'commitment'],
        // Somebody may have dated one ahead, so that it is among the last for ever.
        query: {
          bool: {
            filter: [
              { term: { state: 'open' } },
              { exists: { field: 'commitment' } },
              { range: { startedAt: { lte: 'now' } } },
            ],
          },
        },
        sort: [{ startedAt: { order: 'desc' } }],
        allow_partial_search_results: false,
      },
      options,
    ),
  );
  const opened = new Map(
    hits.hits.flatMap(({ _id = '', _source }) =>
      _id === reportIds(`${_source?.runId}`).opened ? [[reportIds(`${_source?.runId}`).closed, _source] as const] : [],
    ),
  );
  if (opened.size === 0) return [];
  const { docs } = await request(policy, `looking for closed reports in ${index}`, (options) =>
    client.mget({ index, ids: [...opened.keys()], _source: ['opening'] }, options),
  );
  return docs.flatMap((doc) =>
    'found' in doc && doc.found && !isOfItsRun(opened.get(doc._id), doc._source) ? [doc._id] : [],
  );
};
