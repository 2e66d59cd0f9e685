import type { Logger } from '@aws-lambda-powertools/logger';
import { eventBridgePublisher } from '../adapters/aws/event-bridge.ts';
import { withSecret } from '../adapters/aws/secrets.ts';
import { createClient } from '../adapters/elasticsearch/client/client.ts';
import { identifyCluster } from '../adapters/elasticsearch/client/cluster.ts';
import { readConnection } from '../adapters/environment/configuration.ts';
import { type Deployment, readDeployment } from '../adapters/environment/deployment.ts';
import { categoryOf, readPolicy } from '../adapters/files/policy-file.ts';
import { once } from '../adapters/once.ts';
import { type ErasurePorts, erasurePorts } from '../app/erasure-ports.ts';
import { elasticsearchPorts, REQUEST_MILLISECONDS } from '../app/purge-ports.ts';
import type { EventPublisher } from '../erasure/events/event-publisher.ts';
import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import type { Ports } from '../purge/purge.ts';
import type { ClusterIdentity } from '../purge/report/report.ts';
import { againWithFreshSecrets } from './fresh-secrets.ts';
import { type LambdaBudgets, lambdaBudgets, type RemainingTime } from './lambda-budget.ts';
import { publishKeyDaysLeft } from './metrics/key-expiry.ts';

/** Everything that one invocation of a category's function works with. */
export interface Invocation {
  readonly policy: RetentionPolicy;
  readonly category: Category;
  readonly deployment: Deployment;
  readonly identify: () => Promise<ClusterIdentity>;
  readonly ports: Ports;
  readonly erasure: ErasurePorts;
  readonly publisher?: EventPublisher;
  readonly budgets: LambdaBudgets;
  readonly logger: Logger;
}

const open = async <T>(
  categoryId: string,
  context: RemainingTime,
  logger: Logger,
  work: (invocation: Invocation) => Promise<T>,
): Promise<T> => {
  const policy = readPolicy();
  const category = categoryOf(policy, categoryId);
  const deployment = readDeployment();
  const connection = readConnection(await withSecret('ELASTICSEARCH_API_KEY'));
  publishKeyDaysLeft(deployment, connection, Date.now(), logger, categoryId);
  const client = createClient(connection);
  const budgets = lambdaBudgets(context);
  const requests = { timeout: () => Math.min(REQUEST_MILLISECONDS, context.getRemainingTimeInMillis() - 1_000) };
  const destroying = { timeout: () => Math.min(REQUEST_MILLISECONDS, budgets.purging.remaining()) };
  const ports = elasticsearchPorts(client, policy, requests, Date.now, destroying);
  try {
    return await work({
      policy,
      category,
      deployment,
      identify: once(() => identifyCluster(client, requests)),
      ports,
      erasure: erasurePorts(client, requests, Date.now, undefined, policy, ports.ownRecords),
      ...(deployment.busName !== undefined && { publisher: eventBridgePublisher(deployment.busName) }),
      budgets,
      logger,
    });
  } finally {
    await client.close();
  }
};

/**
 * Opens what an invocation needs, and lends it to `work`. A key that the cluster refuses may have been rotated: secrets are
 * fetched again, once.
 * @throws PolicyError | InputError | TransientError
 */
export const withInvocation = <T>(
  categoryId: string,
  context: RemainingTime,
  logger: Logger,
  work: (invocation: Invocation) => Promise<T>,
): Promise<T> => againWithFreshSecrets(logger, categoryId, () => open(categoryId, context, logger, work));
