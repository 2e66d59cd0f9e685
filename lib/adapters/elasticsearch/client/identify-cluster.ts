import type { Client } from '@elastic/elasticsearch';
import { InputError } from '../../../base/errors.ts';
import type { ClusterIdentity } from '../../../purge/report/report.ts';
import { type RequestPolicy, request } from './request.ts';

const supported = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 9 || (major === 8 && minor >= 19);
};

/**
 * Identifies the cluster that answers.
 * @throws InputError `unsupported-server` for OpenSearch, other forks and versions other than 8.19 and 9.
 * @throws TransientError `no-server` if nothing answers.
 */
export const identifyCluster = async (client: Client, requests: RequestPolicy): Promise<ClusterIdentity> => {
  const info = await request({ retries: 1, ...requests }, 'asking the server who it is', (options) =>
    client.info({}, options),
  );
  if (!supported(info.version.number))
    throw new InputError('unsupported-server', {
      expected: 'Elasticsearch 8.19 or 9',
      found: `version ${info.version.number}`,
      fix: 'Upgrade the cluster. Older versions lack what the verification needs.',
    });
  return { uuid: info.cluster_uuid, name: info.cluster_name, version: info.version.number };
};
