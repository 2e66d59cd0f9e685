import type { Client, estypes } from '@elastic/elasticsearch';
import type { RawRecord } from '../../../audit/audit-reader.ts';
import { type Instant, isoInstant } from '../../../policy/time/instant.ts';
import { refreshIndex } from '../client/refresh-index.ts';
import { type RequestPolicy, request } from '../client/request.ts';

const RECORDS_AT_ONCE = 1_000;
const KEPT_OPEN = '1m';

const recordOf = ({ _id = '', _source }: estypes.SearchHit): RawRecord => ({
  id: _id,
  ...(_source !== undefined && { source: _source as NonNullable<RawRecord['source']> }),
});

const exists = (client: Client, requests: RequestPolicy, index: string): Promise<boolean> =>
  request(requests, `looking for ${index}`, (options) =>
    client.indices.exists({ index, expand_wildcards: 'none' }, options),
  );

/** Every document of an index that a query finds, whatever its content. */
const readAll = async (
  client: Client,
  requests: RequestPolicy,
  index: string,
  query: estypes.QueryDslQueryContainer,
): Promise<readonly RawRecord[]> => {
  const { id } = await request(requests, `reading ${index}`, (options) =>
    client.openPointInTime({ index, keep_alive: KEPT_OPEN }, options),
  );
  const records: RawRecord[] = [];
  try {
    let after: estypes.SortResults | undefined;
    for (;;) {
      const search = { size: RECORDS_AT_ONCE, query, sort: ['_shard_doc'], pit: { id, keep_alive: KEPT_OPEN } };
      const { hits } = await request(requests, `reading ${index}`, (options) =>
        client.search({ ...search, track_total_hits: false, ...(after && { search_after: after }) }, options),
      );
      records.push(...hits.hits.map(recordOf));
      after = hits.hits.at(-1)?.sort;
      if (after === undefined || hits.hits.length < RECORDS_AT_ONCE) return records;
    }
  } finally {
    await request(requests, `closing ${index}`, (options) => client.closePointInTime({ id }, options)).catch(
      () => undefined,
    );
  }
};

/** All documents of one of our own indices; undefined if there is no such index. */
export const auditedRecords = async (
  client: Client,
  requests: RequestPolicy,
  index: string,
  since?: Instant,
): Promise<readonly RawRecord[] | undefined> => {
  if (!(await exists(client, requests, index))) return undefined;
  await refreshIndex(client, requests, index);
  const query: estypes.QueryDslQueryContainer =
    since === undefined
      ? { match_all: {} }
      : { range: { startedAt: { gte: isoInstant(since), format: 'strict_date_optional_time' } } };
  return readAll(client, requests, index, query);
};
