import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { type DeploymentSettings, readDeploymentSettings } from '../adapters/environment/deployment.ts';
import { readPolicy } from '../adapters/files/policy-file.ts';
import { openFunctionCluster } from '../app/open-cluster.ts';
import { type Audit, audit, breachesIn } from '../audit/audit.ts';
import type { AuditFinding } from '../audit/audit-finding.ts';
import type { ReturnedAccount } from '../audit/audit-reader.ts';
import { InputError, messageOf } from '../base/errors.ts';
import type { EventPublisher } from '../erasure/events/event-publisher.ts';
import { returnedEvents } from '../erasure/intake/returned-event.ts';
import { isoInstant } from '../policy/time/instant.ts';
import { boundPolicy } from './bound-policy.ts';
import { againWithFreshSecrets } from './fresh-secrets.ts';
import { publishKeyDaysLeft } from './metrics/key-expiry.ts';
import { AUDIT_METRICS, METRIC_NAMESPACE } from './metrics/metric-names.ts';

/** The answer of the function: the findings of the audit, without names of accounts. */
export interface AuditAnswer {
  readonly at: string;
  readonly breaches: readonly AuditFinding[];
  readonly statements: readonly string[];
  /** The places that the key could not look at. */
  readonly unseen: readonly string[];
}

const answerOf = (found: Audit): AuditAnswer => ({
  at: isoInstant(found.at),
  breaches: breachesIn(found),
  statements: found.categories.flatMap(({ statement }) => statement ?? []),
  unseen: [...new Set([...found.unseen, ...found.categories.flatMap((each) => each.unseen)].map(({ what }) => what))],
});

/** Writes one log line (EMF) with the results of the audit, including zeros. */
const publish = (
  { service, stage }: Pick<DeploymentSettings, 'service' | 'stage'>,
  found: Audit,
  { breaches }: AuditAnswer,
): void => {
  const sum = (of: (category: Audit['categories'][number]) => number): number =>
    found.categories.reduce((all, category) => all + of(category), 0);
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: service });
  metrics.addDimension('stage', stage);
  for (const [name, value] of [
    [AUDIT_METRICS.done, 1],
    [AUDIT_METRICS.breaches, breaches.length],
    [AUDIT_METRICS.overdueDocuments, sum(({ figures }) => figures.overdue)],
    [AUDIT_METRICS.undatableDocuments, sum(({ figures }) => figures.undatable)],
    [AUDIT_METRICS.erasuresOverdue, sum(({ figures }) => figures.erasures.overdue)],
    [AUDIT_METRICS.returned, sum(({ returned }) => returned.length)],
  ] as const)
    metrics.addMetric(name, MetricUnit.Count, value);
  metrics.publishStoredMetrics();
};

/**
 * Asks the functions to erase returned data again: one event for each category and page of subjects. The key of the
 * audit only reads, so it reopens nothing itself.
 * @throws TransientError if the bus does not accept an event. The next audit sends all of them again.
 */
const publishReturned = async (
  returned: readonly ReturnedAccount[],
  auditId: string,
  publisher: EventPublisher | undefined,
): Promise<void> => {
  if (publisher === undefined) return;
  for (const [category, accounts] of Map.groupBy(returned, (each) => each.category)) {
    const subjects = accounts.map(({ entry, account }) => ({ entry, subject: account }));
    for (const event of returnedEvents({ category, auditId, subjects })) await publisher.publish(event);
  }
};

const runOnce = async (context: Pick<Context, 'getRemainingTimeInMillis'>, logger: Logger) => {
  const [policy, deployment] = [readPolicy(), readDeploymentSettings()];
  const cluster = await openFunctionCluster(policy, { remaining: () => context.getRemainingTimeInMillis() - 1_000 });
  publishKeyDaysLeft(deployment, cluster, Date.now(), logger, 'audit-retention');
  try {
    const identity = await cluster.identify();
    const bound = boundPolicy(policy, deployment, identity);
    if (cluster.audit === undefined)
      throw new InputError('no-audit', {
        expected: 'a store that can be audited',
        found: 'one that cannot',
        fix: 'Audit an Elasticsearch.',
      });
    const request = { policy: bound, categories: [...bound.categories.values()], cluster: identity.uuid };
    const returned: ReturnedAccount[] = [];
    const onReturned = async (found: readonly ReturnedAccount[]) => void returned.push(...found);
    const found = await audit(request, { ...cluster.audit, onReturned });
    return { found, deployment, returned, publisher: cluster.erasure.publisher() };
  } finally {
    await cluster.close();
  }
};

/** Logs each finding, breaches as errors, and the hash of the newest statement of each category. */
const log = (found: Audit, logger: Logger): void => {
  const all = [...found.findings, ...found.categories.flatMap(({ findings }) => findings)];
  for (const finding of all) {
    const where = [finding.category, finding.index].filter((each) => each !== undefined).join(' ');
    const line = `${finding.code}: ${where} expected ${finding.expected}; found ${finding.found}. ${finding.fix}`;
    logger[finding.severity === 'blocking' ? 'error' : 'warn'](line, { finding });
  }
  logger.info('audit: elsewhere', { copies: found.copies, unseen: found.unseen });
  const chains = found.categories.flatMap(({ category, chainEnd }) =>
    chainEnd === undefined ? [] : [{ category, ...chainEnd }],
  );
  logger.info('audit: statements', { chains });
};

/**
 * Makes the Lambda handler of the audit: it asks the cluster independently whether promises are kept and records are
 * true, and adds the statements of the day to the archive. It changes nothing in the cluster. For data of erased
 * accounts that has come back, it publishes events on the bus, to the functions of the categories.
 * @throws any error that stops it, so that Lambda retries: RefusedError `wrong-cluster`, PolicyError, InputError,
 *   TransientError.
 */
export const auditHandler = () => {
  const logger = new Logger({ serviceName: 'audit-retention' });
  return async (_event: unknown, context: Context): Promise<AuditAnswer> => {
    try {
      const { found, deployment, returned, publisher } = await againWithFreshSecrets(logger, 'audit-retention', () =>
        runOnce(context, logger),
      );
      const answer = answerOf(found);
      log(found, logger);
      publish(deployment, found, answer);
      await publishReturned(returned, randomUUID(), publisher);
      return answer;
    } catch (error) {
      logger.error(`audit-retention: ${messageOf(error)}`, { error: error as Error });
      throw error;
    }
  };
};
