import { relative } from 'node:path';
import pMap from 'p-map';
import { categoryOf, chosenPolicyFile, readPolicy } from '../adapters/files/policy-file.ts';
import type { Cluster } from '../app/cluster.ts';
import type { openCluster } from '../app/open-cluster.ts';
import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import type { ClusterIdentity } from '../purge/report/report.ts';
import type { CommandProcess } from './consent/terminal.ts';
import { exitCodeOf, failureOf } from './failure.ts';
import type { Failed } from './output/category-status.ts';

/** What `--policy` and `--category` chose. */
export interface Selection {
  readonly policy?: string;
  readonly category?: readonly string[];
}

/** Everything that a command works with: the policy, the categories chosen, the cluster and its ports. */
export interface Session extends Omit<Cluster, 'identify' | 'close'> {
  readonly policy: RetentionPolicy;
  /** As the reader would write it. */
  readonly policyFile: string;
  readonly categories: readonly Category[];
  readonly cluster: ClusterIdentity;
}

/** Opens the cluster that the environment names; the tests' one is in memory. */
export type OpenCluster = typeof openCluster;

const readable = (file: string): string => {
  const short = relative(process.cwd(), file);
  return short === '' || short.startsWith('..') ? file : short;
};

/**
 * Reads the policy, asks the cluster who it is, and lends both to `work`. What can be wrong without a cluster is said
 * before one is asked.
 * @throws PolicyError | InputError | TransientError
 */
export const withSession = async <T>(
  selection: Selection,
  { env: environment, pause }: Pick<CommandProcess, 'env' | 'pause'>,
  open: OpenCluster,
  work: (session: Session) => Promise<T>,
): Promise<T> => {
  const file = readable(chosenPolicyFile(selection.policy, environment));
  const policy = readPolicy(file, environment);
  const categories =
    selection.category === undefined
      ? [...policy.categories.values()]
      : [...new Set(selection.category)].map((id) => categoryOf(policy, id));
  const opened = open(policy, environment, pause === undefined ? {} : { pause });
  try {
    return await work({ ...opened, policy, policyFile: file, categories, cluster: await opened.identify() });
  } finally {
    await opened.close();
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
