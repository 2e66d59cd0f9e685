import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { type DeploymentSettings, readDeploymentSettings } from '../adapters/environment/deployment.ts';
import { readPolicy } from '../adapters/files/policy-file.ts';
import { openFunctionCluster } from '../app/open-cluster.ts';
import { messageOf } from '../base/errors.ts';
import type { Finding } from '../criteria/finding.ts';
import { CategoryVisit } from '../erasure/recording/category-visit.ts';
import { type Housekeeping, runHousekeeping } from '../maintenance/housekeeping.ts';
import { boundPolicy } from './bound-policy.ts';
import { againWithFreshSecrets } from './fresh-secrets.ts';
import { publishKeyDaysLeft } from './metrics/key-expiry.ts';
import { HOUSEKEEPING_DONE, METRIC_NAMESPACE } from './metrics/metric-names.ts';

/** The answer of the function: the removed records, and the findings in categories that no run works on. */
export type HousekeepingAnswer = Pick<Housekeeping, 'archive'> & {
  readonly categories: readonly Pick<Housekeeping['categories'][number], 'category' | 'removed'>[];
  readonly findings: readonly Finding[];
};

/** Writes one log line (EMF): housekeeping is done, and no erasure is owed in categories that no run works on. */
const countDone = ({ service, stage }: Pick<DeploymentSettings, 'service' | 'stage'>): void => {
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: service });
  metrics.addDimension('stage', stage);
  metrics.addMetric(HOUSEKEEPING_DONE, MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
};

const runOnce = async (context: Pick<Context, 'getRemainingTimeInMillis'>, logger: Logger) => {
  const [policy, deployment] = [readPolicy(), readDeploymentSettings()];
  const cluster = await openFunctionCluster(policy, {
    remaining: () => context.getRemainingTimeInMillis() - 1_000,
  });
  publishKeyDaysLeft(deployment, cluster, Date.now(), logger, 'housekeeping');
  try {
    boundPolicy(policy, deployment, await cluster.identify());
    const done = await runHousekeeping(policy, cluster.housekeeping, 'remove');
    const visit = new CategoryVisit();
    const findings = await cluster.ports.witness.orphans(Date.now(), visit);
    return { done, findings, unreached: visit.unreached, deployment };
  } finally {
    await cluster.close();
  }
};

/**
 * Logs the results and the failures of housekeeping.
 * @throws the first failure, after all are logged.
 */
const report = (
  { done, findings, unreached }: Awaited<ReturnType<typeof runOnce>>,
  logger: Logger,
): HousekeepingAnswer => {
  const categories = done.categories.map(({ category, removed }) => ({ category, removed }));
  const answer = { categories, archive: done.archive, findings };
  logger.info('housekeeping: done', { answer });
  const failed = done.categories.flatMap(({ category, failure }) =>
    failure === undefined ? [] : [{ category, failure }],
  );
  for (const { category, failure } of failed)
    logger.error(`${category}: not tidied: ${messageOf(failure)}`, { error: failure });
  for (const finding of findings) logger.error(`${finding.code}: ${finding.found}`, { finding });
  for (const { category, error } of unreached)
    logger.error(`${category}: not examined: ${messageOf(error)}`, { error });
  const failure = failed[0]?.failure ?? unreached[0]?.error;
  if (failure !== undefined) throw failure;
  return answer;
};

/**
 * Makes the Lambda handler of housekeeping: it removes our own records that need not be kept any more, and reports open
 * erasures in categories that no run works on. It removes no documents of categories.
 * @throws any error that stops it, so that Lambda retries: RefusedError `wrong-cluster`, PolicyError, InputError,
 *   TransientError.
 */
export const housekeepingHandler = () => {
  const logger = new Logger({ serviceName: 'housekeeping' });
  return async (_event: unknown, context: Context): Promise<HousekeepingAnswer> => {
    try {
      const result = await againWithFreshSecrets(logger, 'housekeeping', () => runOnce(context, logger));
      const answer = report(result, logger);
      if (answer.findings.length === 0) countDone(result.deployment);
      return answer;
    } catch (error) {
      logger.error(`housekeeping: ${messageOf(error)}`, { error: error as Error });
      throw error;
    }
  };
};
