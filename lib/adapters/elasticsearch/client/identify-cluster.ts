import type { Client } from '@elastic/elasticsearch';
import pRetry from 'p-retry';
import { InputError, RetentionError, TransientError } from '../../../base/errors.ts';
import type { ClusterIdentity } from '../../../purge/report/report.ts';
import { CHECK_ADDRESS } from './connection-failure.ts';
import { backoff, type RequestPolicy, requestOnce } from './request.ts';

/** Milliseconds within which an address has to answer. The client gives a connection the same time. */
const FIRST_ANSWER = 10_000;

/** An address that did not answer in time is not asked again: a person waits. */
const RETRIED = new Set(['store-busy', 'no-server']);

/** The cluster reads the path of the address as the name of an index. */
const withPath = (): InputError =>
  new InputError('no-server-named', {
    expected: 'ELASTICSEARCH_URL to hold the address of an Elasticsearch',
    found: 'an address with a path, which the cluster takes for the name of an index',
    fix: 'Take the path off: https://es.example.org:9200. An address has a path only if a proxy removes it.',
  });

const explained = (thrown: unknown): never => {
  if (thrown instanceof RetentionError && thrown.code === 'index_not_found_exception') throw withPath();
  if (!(thrown instanceof TransientError) || thrown.code !== 'timeout') throw thrown;
  throw new TransientError('no-server', {
    expected: 'an Elasticsearch at ELASTICSEARCH_URL that answers within ten seconds',
    found: 'no answer',
    fix: `${CHECK_ADDRESS} If others get an answer, look at the load of the cluster.`,
  });
};

const supported = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 9 || (major === 8 && minor >= 19);
};

/**
 * Identifies the cluster that answers.
 * @throws InputError `no-server-named` if the address has a path that is taken for an index.
 * @throws InputError `unsupported-server` for OpenSearch, other forks and versions other than 8.19 and 9.
 * @throws TransientError `no-server` if nothing answers within ten seconds.
 */
export const identifyCluster = async (client: Client, requests: RequestPolicy): Promise<ClusterIdentity> => {
  const policy = { retries: 1, ...requests, timeout: () => Math.min(FIRST_ANSWER, requests.timeout()) };
  const info = await pRetry(
    () => requestOnce(policy, 'asking the server who it is', (options) => client.info({}, options)),
    backoff(policy, RETRIED),
  ).catch(explained);
  if (!supported(info.version.number))
    throw new InputError('unsupported-server', {
      expected: 'Elasticsearch 8.19 or 9',
      found: `version ${info.version.number}`,
      fix: 'Upgrade the cluster. Older versions lack what the verification needs.',
    });
  return { uuid: info.cluster_uuid, name: info.cluster_name, version: info.version.number };
};
