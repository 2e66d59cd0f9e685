import { setTimeout as sleep } from 'node:timers/promises';
import { withSecret } from '../adapters/aws/secrets.ts';
import { createClient } from '../adapters/elasticsearch/client/client.ts';
import { elasticsearchProbe } from '../adapters/elasticsearch/delete/elasticsearch-probe.ts';
import { readConnection } from '../adapters/environment/configuration.ts';
import type { Connection } from '../adapters/environment/credentials.ts';
import type { Environment } from '../base/environment.ts';
import { InputError } from '../base/errors.ts';
import type { RetentionPolicy } from '../policy/retention-policy.ts';
import { type Stopwatch, Throttle } from '../purge/pace/throttle.ts';
import type { Backend } from './backend.ts';
import { type Cluster, clusterOn } from './cluster.ts';
import { elasticsearchBackend } from './elasticsearch-backend.ts';
import type { PortContext } from './port-context.ts';

/** No request takes longer than this, so that no request outlives the lease under which it was sent. */
const REQUEST_MILLISECONDS = 60_000;

const STOPWATCH: Stopwatch = {
  now: () => performance.now(),
  wait: (milliseconds, signal) => sleep(milliseconds, undefined, { ...(signal && { signal }) }).catch(() => undefined),
};

/** How long the caller of `openCluster` can wait. */
interface Waiting extends Pick<PortContext, 'wait'> {
  /** Milliseconds that a request may take, at most a minute. It is called before each request. */
  readonly remaining?: () => number;
  /**
   * The same for destructive requests. Absent: like all others. Set if the caller needs time for further work after
   * them.
   */
  readonly destroying?: () => number;
}

/** `URL.host` leaves out the default port of the scheme, so it is added here. */
const hostOf = (url: string): string => {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
};

/** Elasticsearch lets one API key create another, but that key has no privileges. A user with a password is needed. */
const assertUser = ({ user, apiKey }: Connection): void => {
  if (user !== undefined) return;
  throw new InputError('keys-need-user', {
    expected: 'a user with a password, because a key that is made with another key has no privileges',
    found: apiKey === undefined ? 'neither user nor key' : 'an API key (ELASTICSEARCH_API_KEY)',
    fix: 'Set ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD, and leave ELASTICSEARCH_API_KEY out.',
  });
};

const forUsersOnly = (backend: Backend, connection: Connection): Backend => ({
  ...backend,
  functionKeys: (stage) => {
    assertUser(connection);
    return backend.functionKeys(stage);
  },
});

/**
 * Opens the Elasticsearch cluster that the environment names (`ELASTICSEARCH_URL` and related variables). Keys, archive
 * and bus come from the environment too. Sends nothing yet. The caller must close it.
 * @returns the ports; `functionKeys` throws InputError `keys-need-user` if the connection does not use a user with a
 *   password.
 * @throws InputError `no-server-named`, `bad-key`, `bad-user`, `no-certificate`, `plain-http`, `certificates-unchecked`
 */
export const openCluster = (
  policy: RetentionPolicy,
  environment: Environment,
  { remaining = () => REQUEST_MILLISECONDS, destroying = remaining, wait }: Waiting = {},
): Cluster => {
  const connection = readConnection(environment);
  const within = (left: () => number) => ({ timeout: () => Math.min(REQUEST_MILLISECONDS, left()) });
  const client = createClient(connection);
  const requests = within(remaining);
  const backend = elasticsearchBackend(client, policy, {
    requests,
    destroying: within(destroying),
    clock: Date.now,
  });
  return clusterOn(
    forUsersOnly(backend, connection),
    policy,
    {
      environment,
      clock: Date.now,
      throttle: new Throttle(elasticsearchProbe(client, requests), STOPWATCH, Date.now),
      ...(wait !== undefined && { wait }),
    },
    { ...connection, host: hostOf(connection.url) },
  );
};

/**
 * Opens the cluster of a function, whose key is a secret that `ELASTICSEARCH_API_KEY_SECRET` names.
 * @throws what {@link openCluster} throws; InputError `no-secret`, TransientError `secrets-unavailable`.
 */
export const openFunctionCluster = async (policy: RetentionPolicy, waiting: Waiting): Promise<Cluster> =>
  openCluster(policy, await withSecret('ELASTICSEARCH_API_KEY'), waiting);
