import type { Client } from '@elastic/elasticsearch';
import { APPLICATIONS } from './seed/customers.ts';

const CONFIGURATION = 'trtc-console-configuration-*';
/** All daily indices: the six categories that are promised to be stored for 14 days. */
const DAILY = 'trtc-*,-trtc-console-configuration-*';

/** Plain counts of Elasticsearch: no code of es-retention has a part in them. */
const countOf =
  (client: Client) =>
  async (index: string, q?: string): Promise<number> =>
    (await client.count({ index, ...(q !== undefined && { q }) })).count;

/** What Elasticsearch itself says about the promise of 14 days. */
export interface AgeCount {
  readonly documents: number;
  /** By now, on the clock of Elasticsearch. */
  readonly olderThan14Days: number;
  /** Of these, those that were old enough when the functions started. */
  readonly missed: number;
  readonly wrongClock: number;
  /** The request that gave `missed`, to be read by people. */
  readonly request: string;
}

/** A document is older than an instant when it is dated and, where it says so, stored before it. */
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

/** What Elasticsearch itself holds of one account, or one application. */
export interface SubjectCount {
  readonly configuration: number;
  /** Documents of the other six categories. */
  readonly others: number;
}

export const accountQuery = (uin: string): string => `uin:${uin}`;
export const applicationQuery = (sdkAppId: string): string => `sdkAppId:${sdkAppId}`;

/** Counts what there is of every account and of one application, by plain query strings. */
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
