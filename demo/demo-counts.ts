import type { Client } from '@elastic/elasticsearch';
import { APPLICATIONS } from './seed/customers.ts';

const CONFIGURATION = 'trtc-console-configuration-*';
/** All daily indices: those of the six categories with the promise of 14 days. */
const DAILY = 'trtc-*,-trtc-console-configuration-*';

/** Counts by Elasticsearch itself, without code of es-retention. */
const countOf =
  (client: Client) =>
  async (index: string, q?: string): Promise<number> =>
    (await client.count({ index, ...(q !== undefined && { q }) })).count;

/** Numbers of Elasticsearch about the promise of 14 days. */
export interface AgeCount {
  readonly documents: number;
  /** Older than 14 days now, by Elasticsearch's clock. */
  readonly olderThan14Days: number;
  /** Those of them that were already older when the functions started. */
  readonly missed: number;
  readonly wrongClock: number;
  /** The request that counted `missed`, to be shown. */
  readonly request: string;
}

/** Selects documents older than an instant: dated before it and, if they have an ingestion date, ingested before it. */
const before = (instant: string): string => `@timestamp:[* TO ${instant}} AND NOT event.ingested:[${instant} TO *]`;
const WRONG_CLOCK = '@timestamp:[* TO 2015-01-01} OR @timestamp:{now+1d TO *]';

/** Counts the documents that are too old. */
export const countByAge = async (client: Client, startedAt: string): Promise<AgeCount> => {
  await client.indices.refresh({ index: DAILY });
  const count = countOf(client);
  const startQuery = before(`"${startedAt}||-14d"`);
  return {
    documents: await count(DAILY),
    olderThan14Days: await count(DAILY, before('now-14d')),
    missed: await count(DAILY, startQuery),
    wrongClock: await count(DAILY, WRONG_CLOCK),
    request: `GET /${DAILY}/_count?q=${startQuery}`,
  };
};

/** Counts the documents of one index, or those of them that match a plain query string. */
export const countIn = (client: Client, index: string, q?: string): Promise<number> => countOf(client)(index, q);

/** Elasticsearch's own counts for one account or application. */
export interface SubjectCount {
  readonly configuration: number;
  /** Documents in the other six categories. */
  readonly others: number;
}

/** A query string for the documents of an account. */
export const accountQuery = (uin: string): string => `uin:${uin}`;
/** A query string for the documents of an application. */
export const applicationQuery = (sdkAppId: string): string => `sdkAppId:${sdkAppId}`;

/** Counts the documents of every account and of one application, with plain query strings. */
export const countSubjects = async (
  client: Client,
  application: string,
): Promise<ReadonlyMap<string, SubjectCount>> => {
  await client.indices.refresh({ index: 'trtc-*' });
  const count = countOf(client);
  const queries = [...APPLICATIONS.map(({ uin }) => accountQuery(uin)), applicationQuery(application)];
  const counts = new Map<string, SubjectCount>();
  for (const query of new Set(queries))
    counts.set(query, { configuration: await count(CONFIGURATION, query), others: await count(DAILY, query) });
  return counts;
};
