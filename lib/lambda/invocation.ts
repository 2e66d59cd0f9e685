import type { Logger } from '@aws-lambda-powertools/logger';
import { type DeploymentSettings, readDeploymentSettings } from '../adapters/environment/deployment.ts';
import { categoryOf, readPolicy } from '../adapters/files/policy-file.ts';
import type { ErasurePorts } from '../app/erasure-ports.ts';
import { openFunctionCluster } from '../app/open-cluster.ts';
import type { RunPorts } from '../app/purge-ports.ts';
import { openQueue } from '../app/queues.ts';
import { once } from '../base/once.ts';
import type { EventPublisher } from '../erasure/events/event-publisher.ts';
import type { OpenQueue } from '../erasure/intake/message-queue.ts';
import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import type { Clock } from '../policy/time/instant.ts';
import type { ClusterIdentity } from '../purge/report/report.ts';
import { againWithFreshSecrets } from './fresh-secrets.ts';
import { type LambdaBudgets, lambdaBudgets, type RemainingTime } from './lambda-budget.ts';
import { publishKeyDaysLeft } from './metrics/key-expiry.ts';
import { publishMetrics } from './metrics/report-metrics.ts';

/** Everything that one invocation of a category's function uses. */
export interface FunctionInvocation {
  readonly policy: RetentionPolicy;
  readonly category: Category;
  readonly deployment: DeploymentSettings;
  /** Reads the name, uuid and version of the cluster. */
  readonly identify: () => Promise<ClusterIdentity>;
  readonly ports: RunPorts;
  readonly erasure: ErasurePorts;
  readonly publisher?: EventPublisher;
  readonly openQueue: OpenQueue;
  readonly publishMetrics: typeof publishMetrics;
  readonly clock: Clock;
  readonly budgets: LambdaBudgets;
  readonly logger: Logger;
}

const workOnCluster = async <T>(
  categoryId: string,
  context: RemainingTime,
  logger: Logger,
  work: (invocation: FunctionInvocation) => Promise<T>,
): Promise<T> => {
  const policy = readPolicy();
  const category = categoryOf(policy, categoryId);
  const deployment = readDeploymentSettings();
  const budgets = lambdaBudgets(context);
  const cluster = await openFunctionCluster(policy, {
    remaining: () => context.getRemainingTimeInMillis() - 1_000,
    destroying: budgets.purging.remaining,
  });
  publishKeyDaysLeft(deployment, cluster, Date.now(), logger, categoryId);
  try {
    const publisher = cluster.erasure.publisher();
    return await work({
      policy,
      category,
      deployment,
      identify: once(() => cluster.identify()),
      ports: cluster.ports,
      erasure: cluster.erasure,
      ...(publisher !== undefined && { publisher }),
      openQueue,
      publishMetrics,
      clock: Date.now,
      budgets,
      logger,
    });
  } finally {
    await cluster.close();
  }
};

/**
 * Opens the ports of an invocation, and passes them to `work`. If the cluster refuses the key, which may have been
 * rotated, secrets are fetched again, once.
 * @throws PolicyError | InputError | TransientError
 */
export const withInvocation = <T>(
  categoryId: string,
  context: RemainingTime,
  logger: Logger,
  work: (invocation: FunctionInvocation) => Promise<T>,
): Promise<T> => againWithFreshSecrets(logger, categoryId, () => workOnCluster(categoryId, context, logger, work));
