import type { Logger } from '@aws-lambda-powertools/logger';
import { readConnection } from '../adapters/configuration.ts';
import { type Deployment, readDeployment } from '../adapters/deployment.ts';
import { createClient } from '../adapters/elasticsearch/client.ts';
import { identifyCluster } from '../adapters/elasticsearch/cluster.ts';
import { elasticsearchPorts, REQUEST_MILLISECONDS } from '../adapters/elasticsearch/elasticsearch-ports.ts';
import { type ErasurePorts, erasurePorts } from '../adapters/erasure-ports.ts';
import { eventBridgePublisher } from '../adapters/event-bridge.ts';
import { once } from '../adapters/once.ts';
import { categoryOf, readPolicy } from '../adapters/policy-file.ts';
import { withSecret } from '../adapters/secrets.ts';
import type { EventPublisher } from '../erasure/event-publisher.ts';
import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import type { Ports } from '../purge/purge.ts';
import type { ClusterIdentity } from '../purge/report.ts';
import { againWithFreshSecrets } from './fresh-secrets.ts';
import { publishKeyDaysLeft } from './key-expiry.ts';
import { type LambdaBudgets, lambdaBudgets, type RemainingTime } from './lambda-budget.ts';

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
      erasure: erasurePorts(client, requests, Date.now, undefined, policy, ports.ownBooks),
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
 * @throws PolicyError | InputError | WorldError
 */
export const withInvocation = <T>(
  categoryId: string,
  context: RemainingTime,
  logger: Logger,
  work: (invocation: Invocation) => Promise<T>,
): Promise<T> => againWithFreshSecrets(logger, categoryId, () => open(categoryId, context, logger, work));
