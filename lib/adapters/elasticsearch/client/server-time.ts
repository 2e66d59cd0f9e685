import type { Client, estypes } from '@elastic/elasticsearch';
import { RetentionError, TransientError } from '../../../base/errors.ts';
import type { Instant } from '../../../policy/time/instant.ts';
import { type RequestPolicy, request } from './request.ts';

const timeFrom = async (
  client: Client,
  requests: RequestPolicy,
  patterns: readonly string[],
): Promise<Instant | undefined> => {
  const ranges = [{ to: 'now' }];
  const search = request({ ...requests, retries: 1 }, 'reading the clock of the cluster', (options) =>
    client.search<unknown, { now?: estypes.AggregationsDateRangeAggregate }>(
      {
        index: [...patterns],
        allow_no_indices: true,
        ignore_unavailable: true,
        expand_wildcards: ['open', 'hidden'],
        size: 0,
        track_total_hits: false,
        // The answer of one shard is enough for the time.
        allow_partial_search_results: true,
        aggs: { now: { date_range: { field: 'es_retention_clock', format: 'epoch_millis', ranges } } },
      },
      options,
    ),
  );
  try {
    const [bucket] = ((await search).aggregations?.now?.buckets ?? []) as estypes.AggregationsRangeBucket[];
    return bucket?.to;
  } catch (thrown) {
    // The indices cannot be searched together. The survey reports why.
    if (thrown instanceof TransientError) return undefined;
    throw thrown;
  }
};

/**
 * The time of the cluster's clock, taken from the bound of an aggregation. No response header has it, and this needs
 * only `read`. The field need not exist.
 * @param ownIndices our own indices, which are asked if the patterns give no answer: one index with a read block hides
 *   all others of a pattern.
 * @returns undefined if neither answers or exists.
 * @throws InputError if the cluster refuses the request to the patterns.
 */
export const serverTime = async (
  client: Client,
  requests: RequestPolicy,
  patterns: readonly string[],
  ownIndices: readonly string[],
): Promise<Instant | undefined> => {
  const time = await timeFrom(client, requests, patterns);
  if (time !== undefined || ownIndices.length === 0) return time;
  // A read-only key may not see our own indices. Then the time is unknown, which is no error.
  return (await timeFrom(client, requests, ownIndices).catch(unlessBug)) ?? timeFromOne(client, requests, ownIndices);
};

/** Asks the own indices one after the other: an index that cannot be searched would hide the others. */
const timeFromOne = async (
  client: Client,
  requests: RequestPolicy,
  ownIndices: readonly string[],
): Promise<Instant | undefined> => {
  if (ownIndices.length < 2) return undefined;
  for (const index of ownIndices) {
    const time = await timeFrom(client, { ...requests, retries: 0 }, [index]).catch(unlessBug);
    if (time !== undefined) return time;
  }
  return undefined;
};

const unlessBug = (thrown: unknown): undefined => {
  if (!(thrown instanceof RetentionError)) throw thrown;
};
