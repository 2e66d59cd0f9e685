import { relative } from 'node:path';
import pMap from 'p-map';
import { categoryOf, chosenPolicyFile, readPolicy } from '../adapters/files/policy-file.ts';
import type { Cluster } from '../app/cluster.ts';
import type { openCluster } from '../app/open-cluster.ts';
import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import type { ClusterIdentity } from '../purge/report/report.ts';
import type { CommandProcess } from './consent/terminal.ts';
import { exitCodeOf, failureOf } from './failure.ts';
import type { Failed } from './output/category-result.ts';

/** The values of `--policy` and `--category`. */
export interface Selection {
  readonly policy?: string;
  readonly category?: readonly string[];
}

/** Everything that a command uses: the policy, the chosen categories, the cluster and its ports. */
export interface Session extends Omit<Cluster, 'identify' | 'close'> {
  readonly policy: RetentionPolicy;
  /** In the form in which the user would type it. */
  readonly policyFile: string;
  readonly categories: readonly Category[];
  readonly cluster: ClusterIdentity;
}

/** Opens the cluster that the environment names. In tests, it may be in memory. */
export type OpenCluster = typeof openCluster;

const readable = (file: string): string => {
  const short = relative(process.cwd(), file);
  return short === '' || short.startsWith('..') ? file : short;
};

/** The policy of a command, and what of it was chosen. */
export type ChosenPolicy = Pick<Session, 'policy' | 'policyFile' | 'categories'>;

/**
 * Reads the policy that a person at a command line means.
 * @throws PolicyError | InputError
 */
export const readChosenPolicy = (selection: Selection, environment: CommandProcess['env']): ChosenPolicy => {
  const policyFile = readable(chosenPolicyFile(selection.policy, environment));
  const policy = readPolicy(policyFile, environment);
  const categories =
    selection.category === undefined
      ? [...policy.categories.values()]
      : [...new Set(selection.category)].map((id) => categoryOf(policy, id));
  return { policy, policyFile, categories };
};

/**
 * Reads the policy, identifies the cluster, and passes both to `work`. Errors that can be found without a cluster are
 * thrown first.
 * @throws PolicyError | InputError | TransientError
 */
export const withSession = async <T>(
  selection: Selection,
  { env: environment, wait }: Pick<CommandProcess, 'env' | 'wait'>,
  open: OpenCluster,
  work: (session: Session) => Promise<T>,
): Promise<T> => {
  const chosen = readChosenPolicy(selection, environment);
  const opened = open(chosen.policy, environment, wait === undefined ? {} : { wait });
  try {
    return await work({ ...opened, ...chosen, cluster: await opened.identify() });
  } finally {
    await opened.close();
  }
};

/** Calls a function for each category. A failing category does not stop the others. */
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
