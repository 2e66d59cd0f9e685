import type { Session } from '../session.ts';
import type { Result } from './result.ts';

type ShownCluster = Pick<Session, 'cluster' | 'host'>;

/** `Cluster production (Elasticsearch 9.4.3) at es.example.org:9200` */
export const clusterLine = ({ cluster, host }: ShownCluster): string =>
  `Cluster ${cluster.name} (Elasticsearch ${cluster.version}) at ${host}`;

/** A result with its cluster: below the first line of its page, and in its document. */
export const withCluster = ({ page: [summary, ...rest], json, ...others }: Result, where: ShownCluster): Result => ({
  ...others,
  page: [...(summary === undefined ? [] : [summary]), clusterLine(where), ...rest],
  json: { ...json, cluster: { ...where.cluster, host: where.host } },
});
