import type { Session } from '../session.ts';
import { minute } from './format.ts';
import type { Result } from './result.ts';

type ShownCluster = Pick<Session, 'cluster' | 'host'>;

/** `Cluster production (Elasticsearch 9.4.3) at es.example.org:9200` */
export const clusterLine = ({ cluster, host }: ShownCluster): string =>
  `Cluster ${cluster.name} (Elasticsearch ${cluster.version}) at ${host}`;

/** As many characters of the version of a policy as tell two of them apart. */
const VERSION_SHOWN = 8;

/** What a page is about: `Cluster … · 2026-11-29 14:30 UTC · policy my-policy.yml 3f2a1b9c` */
const headerLine = (session: Session): string => {
  const { policy, policyFile, ports } = session;
  const version = policy.version.replace(/^sha256:/, '').slice(0, VERSION_SHOWN);
  return `${clusterLine(session)} · ${minute(ports.clock())} UTC · policy ${policyFile} ${version}`;
};

/** A result with its header, below the first line of its page, and with its cluster in its document. */
export const withCluster = ({ page: [summary, ...rest], json, ...others }: Result, session: Session): Result => ({
  ...others,
  page: [...(summary === undefined ? [] : [summary]), { text: headerLine(session), style: 'dim' }, ...rest],
  json: { ...json, cluster: { ...session.cluster, host: session.host } },
});
