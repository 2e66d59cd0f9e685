import type { Client } from '@elastic/elasticsearch';

/** All daily indices: the six categories that are promised to be stored for 14 days. */
const INDICES = 'trtc-*,-trtc-console-configuration-*';
/** Plain query strings, on Elasticsearch's own clock: nothing of our code has a part in them. */
const OLDER_THAN_14_DAYS = '@timestamp:[* TO now-14d} AND NOT event.ingested:[now-14d TO *]';
const WRONG_CLOCK = '@timestamp:[* TO 2015-01-01} OR @timestamp:{now+1d TO *]';

/** What Elasticsearch itself says about the promise. */
export interface IndependentCount {
  readonly documents: number;
  readonly olderThan14Days: number;
  /** Of these, the ones that the functions should have found: old enough already when the first one looked. */
  readonly missed: number;
  readonly wrongClock: number;
  /** The request that gave `olderThan14Days`, to be read by people. */
  readonly request: string;
}

/** Asks Elasticsearch, without any code of ours, how many documents are older than 14 days. */
export const countIndependently = async (client: Client, firstRunAt: string): Promise<IndependentCount> => {
  await client.indices.refresh({ index: INDICES });
  const count = async (q?: string): Promise<number> =>
    (await client.count({ index: INDICES, ...(q !== undefined && { q }) })).count;
  const missed = await count(
    `@timestamp:[* TO "${firstRunAt}||-14d"} AND NOT event.ingested:["${firstRunAt}||-14d" TO *]`,
  );
  return {
    documents: await count(),
    olderThan14Days: await count(OLDER_THAN_14_DAYS),
    missed,
    wrongClock: await count(WRONG_CLOCK),
    request: `GET /${INDICES}/_count?q=${OLDER_THAN_14_DAYS}`,
  };
};
