import { relative } from 'node:path';
import pMap from 'p-map';
import { type Connection, createClient } from '../adapters/elasticsearch/client/client.ts';
import { identifyCluster } from '../adapters/elasticsearch/client/cluster.ts';
import { type FunctionKeys, functionKeys } from '../adapters/elasticsearch/function-keys.ts';
import { elasticsearchCatalogue } from '../adapters/elasticsearch/inspect/index-catalogue.ts';
import { type SetUpChoice, type SetUpIndex, setUpOwnIndices } from '../adapters/elasticsearch/own-index/set-up.ts';
import { readConnection } from '../adapters/environment/configuration.ts';
import { categoryOf, chosenPolicyFile, readPolicy } from '../adapters/files/policy-file.ts';
import { type ErasurePorts, erasurePorts } from '../app/erasure-ports.ts';
import { housekeepingPorts } from '../app/housekeeping-ports.ts';
import { elasticsearchPorts, REQUEST_MILLISECONDS } from '../app/purge-ports.ts';
import type { HousekeepingPorts } from '../erasure/housekeeping.ts';
import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import { InputError } from '../purge/errors.ts';
import type { IndexCatalogue } from '../purge/indices/unclaimed-indices.ts';
import type { ClusterIdentity } from '../purge/report/report.ts';
import type { CommandProcess } from './consent/terminal.ts';
import { exitCodeOf, failureOf } from './failure.ts';
import type { Failed } from './output/category-status.ts';

/** What `--policy` and `--category` chose. */
export interface Selection {
  readonly policy?: string;
  readonly category?: readonly string[];
}

/** Everything that a command works with: the policy, the categories chosen, the cluster. */
export interface Session {
  readonly policy: RetentionPolicy;
  /** As the reader would write it. */
  readonly policyFile: string;
  readonly categories: readonly Category[];
  readonly cluster: ClusterIdentity;
  /** Host and port of the cluster, without anything secret. */
  readonly host: string;
  readonly ports: ReturnType<typeof elasticsearchPorts>;
  readonly erasure: ErasurePorts;
  /** Makes our own indices as they should be. @throws InputError | TransientError */
  readonly setUp: (choice: SetUpChoice) => Promise<readonly SetUpIndex[]>;
  /** The keys of a stage's functions. @throws InputError `keys-need-user` where no user with a password speaks to the cluster. */
  readonly functionKeys: (stage: string) => FunctionKeys;
  readonly catalogue: IndexCatalogue;
  readonly housekeeping: HousekeepingPorts;
}

const readable = (file: string): string => {
  const short = relative(process.cwd(), file);
  return short === '' || short.startsWith('..') ? file : short;
};

/** An address without the port of its scheme says none. */
const hostOf = (url: string): string => {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
};

/** Elasticsearch lets a key make a key, and such a key may do nothing. */
const assertUser = ({ user, apiKey }: Connection): void => {
  if (user !== undefined) return;
  throw new InputError('keys-need-user', {
    expected: 'a user with a password: a key that a key makes may do nothing',
    found: apiKey === undefined ? 'neither user nor key' : 'an API key (ELASTICSEARCH_API_KEY)',
    fix: 'Set ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD, and leave ELASTICSEARCH_API_KEY out.',
  });
};

/**
 * Reads the policy, asks the cluster who it is, and lends both to `work`. What can be wrong without a cluster is said
 * before one is asked.
 * @throws PolicyError | InputError | TransientError
 */
export const withSession = async <T>(
  selection: Selection,
  { env: environment, pause }: Pick<CommandProcess, 'env' | 'pause'>,
  work: (session: Session) => Promise<T>,
): Promise<T> => {
  const file = readable(chosenPolicyFile(selection.policy, environment));
  const policy = readPolicy(file, environment);
  const categories =
    selection.category === undefined
      ? [...policy.categories.values()]
      : [...new Set(selection.category)].map((id) => categoryOf(policy, id));
  const connection = readConnection(environment);
  const client = createClient(connection);
  try {
    const requests = { timeout: () => REQUEST_MILLISECONDS };
    const cluster = await identifyCluster(client, requests);
    const ports = elasticsearchPorts(client, policy, requests, Date.now, requests, environment, pause);
    const erasure = erasurePorts(client, requests, Date.now, environment, policy, ports.ownRecords);
    return await work({
      policy,
      policyFile: file,
      categories,
      cluster,
      host: hostOf(connection.url),
      ports,
      erasure,
      setUp: (choice) => setUpOwnIndices(client, requests, policy, choice),
      functionKeys: (stage) => {
        assertUser(connection);
        return functionKeys(client, requests, policy, stage);
      },
      catalogue: elasticsearchCatalogue(client, requests),
      housekeeping: housekeepingPorts(client, requests, policy, ports, environment),
    });
  } finally {
    await client.close();
  }
};

/** Does something for each category; one that fails does not keep the others from being worked on. */
export const forEachCategory = <T>(
  categories: readonly Category[],
  concurrency: number,
  work: (category: Category) => Promise<T>,
): Promise<(T | Failed)[]> =>
  pMap(
    categories,
    (category) =>
      work(category).catch((error: unknown) => ({ category, failure: failureOf(error), exitCode: exitCodeOf(error) })),
    { concurrency },
  );
