import type { Client } from '@elastic/elasticsearch';
import { APPLICATIONS } from './customers.ts';

const CONFIGURATION = 'trtc-console-configuration-*';
const OTHERS = 'trtc-*,-trtc-console-configuration-*';

/** What Elasticsearch itself says about one account, or one application. */
export interface SubjectCount {
  /** A plain query string. */
  readonly query: string;
  readonly configuration: number;
  /** Documents of the other six categories. */
  readonly others: number;
}

export const accountQuery = (uin: string): string => `uin:${uin}`;
export const applicationQuery = (sdkAppId: string): string => `sdkAppId:${sdkAppId}`;

/** The request that counts the configuration of a subject, as people read it. */
export const countRequest = (query: string): string => `GET /${CONFIGURATION}/_count?q=${query}`;

/** Asks Elasticsearch, without any code of ours, what it holds of every account and of one application. */
export const countSubjects = async (
  client: Client,
  application: string,
): Promise<ReadonlyMap<string, SubjectCount>> => {
  await client.indices.refresh({ index: 'trtc-*' });
  const count = async (index: string, q: string): Promise<number> => (await client.count({ index, q })).count;
  const queries = [...APPLICATIONS.map(({ uin }) => accountQuery(uin)), applicationQuery(application)];
  const counts = new Map<string, SubjectCount>();
  for (const query of new Set(queries))
    counts.set(query, {
      query,
      configuration: await count(CONFIGURATION, query),
      others: await count(OTHERS, query),
    });
  return counts;
};
