import type { Client, estypes } from '@elastic/elasticsearch';
import { isoInstant } from '../../../policy/time/instant.ts';
import type { Period, RunHistory, StoredReport } from '../../../purge/report/run-history.ts';
import type { RequestPolicy } from '../client/request.ts';
import { nextPage } from '../client/search-pages.ts';
import { isRefreshed } from '../own-index/own-documents.ts';
import { ownIndex } from '../own-index/own-index.ts';
import { searchDocuments } from '../own-index/own-search.ts';
import { REPORT_MAPPINGS } from './elasticsearch-reports.ts';
import { PAST_RUN_FIELDS, pastRunsOf, storedReport } from './past-runs.ts';

const REPORTS_AT_ONCE = 1_000;
/** Whole reports have a line for each index, so fewer fit into an answer. */
const WHOLE_AT_ONCE = 100;

/** The parts to read of each report, and the number of reports at once. */
interface Reading {
  readonly size: number;
  readonly source: estypes.SearchSourceConfig;
}

/** The reports of the runs that began in a period, the earliest first. */
async function* reportDocuments(
  client: Client,
  requests: RequestPolicy,
  index: string,
  { since, until }: Period,
  { size, source }: Reading,
): AsyncGenerator<StoredReport> {
  const own = ownIndex(client, requests, index, REPORT_MAPPINGS);
  if (!(await isRefreshed(client, requests, own))) return;
  const range = { gte: isoInstant(since), lt: isoInstant(until), format: 'strict_date_optional_time' };
  let after: estypes.SortResults | undefined;
  do {
    const { hits } = await searchDocuments(client, requests, own, {
      doing: `reading earlier reports in ${index}`,
      search: {
        index,
        size,
        _source: source,
        query: { range: { startedAt: range } },
        sort: [{ startedAt: { order: 'asc', format: 'epoch_millis' } }, { _seq_no: 'asc' }],
        track_total_hits: false,
        allow_partial_search_results: false,
        ...(after !== undefined && { search_after: after }),
      },
    });
    for (const { _id = '', _source } of hits.hits) yield storedReport(_id, _source);
    after = nextPage(hits.hits, size, 'asc');
  } while (after !== undefined);
}

/**
 * The earlier runs of all categories.
 * @param indexOf the index with the reports of a category.
 */
export const elasticsearchHistory = (
  client: Client,
  requests: RequestPolicy,
  indexOf: (category: string) => string,
): RunHistory => ({
  runs: async (category, since, until) => {
    const reading = { size: REPORTS_AT_ONCE, source: PAST_RUN_FIELDS };
    const period = { since, until };
    const documents: StoredReport[] = [];
    for await (const each of reportDocuments(client, requests, indexOf(category), period, reading))
      documents.push(each);
    return pastRunsOf(documents);
  },
  documents: (category, since, until) =>
    reportDocuments(client, requests, indexOf(category), { since, until }, { size: WHOLE_AT_ONCE, source: true }),
});
