import type { Client, estypes } from '@elastic/elasticsearch';
import type { AgeCriteria, Criteria } from '../../../criteria/due-criteria.ts';
import type { Instant } from '../../../policy/time/instant.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { liveByField } from '../query/age-query.ts';
import { dateRuntime } from '../query/coarse-dates.ts';
import { fieldName, fitting } from '../query/date-ranges.ts';
import { heldRuntime, withoutHeld } from '../query/held-query.ts';
import { documents } from '../query/rule-query.ts';
import type { Countable, Group } from './ask-in-parts.ts';
import { groupsOf } from './count-documents.ts';

/** How long the server may count. Documents that it has not counted by then are not announced. */
const COUNT_TIMEOUT = '30s';

interface Found {
  readonly dates?: { readonly buckets: readonly { readonly documents: { readonly value: number } }[] };
}

const searchesOf = (
  { indices, usable }: Group,
  criteria: Criteria,
  ruleAge: AgeCriteria,
  cutoffs: readonly Instant[],
): readonly estypes.MsearchRequestItem[] => {
  const age = fitting(ruleAge, usable);
  const ranges = cutoffs.map((to, at) => ({ ...(at > 0 && { from: cutoffs[at - 1] }), to }));
  return liveByField(age, usable).flatMap(({ field, query }) => [
    { index: indices.map(({ name }) => name), ignore_unavailable: true, allow_partial_search_results: true },
    {
      size: 0,
      track_total_hits: false,
      timeout: COUNT_TIMEOUT,
      runtime_mappings: { ...dateRuntime(age, usable), ...heldRuntime(criteria, usable) },
      query: withoutHeld(query, criteria, usable),
      aggs: { dates: { range: { field: fieldName(age, field), ranges }, aggs: { documents } } },
    },
  ]);
};

/**
 * Counts the documents that are not due yet, by the cutoff at which they will be due. It leaves out held documents:
 * these will not fall due. One `_msearch`, apart from the count: if it fails, only the announcement is lost. An
 * incomplete answer has lower numbers.
 * @param cutoffs ascending; see the port.
 * @throws InputError | TransientError
 */
export const fallingDue = async (
  client: Client,
  requests: RequestPolicy,
  indices: readonly Countable[],
  criteria: Criteria,
  cutoffs: readonly Instant[],
): Promise<readonly number[]> => {
  const { age } = criteria;
  const searches =
    age === undefined ? [] : groupsOf(indices).flatMap((group) => searchesOf(group, criteria, age, cutoffs));
  if (searches.length === 0) return cutoffs.map(() => 0);
  const { responses } = await request(requests, 'counting what falls due later', (options) =>
    client.msearch({ searches }, options),
  );
  const found = responses.map((item) =>
    'error' in item ? [] : ((item.aggregations as Found | undefined)?.dates?.buckets ?? []),
  );
  return cutoffs.map((_, at) => found.reduce((sum, buckets) => sum + (buckets[at]?.documents.value ?? 0), 0));
};
