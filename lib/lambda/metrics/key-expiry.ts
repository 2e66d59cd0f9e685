import type { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Credentials } from '../../adapters/environment/credentials.ts';
import type { DeploymentSettings } from '../../adapters/environment/deployment.ts';
import { DAY } from '../../policy/time/duration.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import { KEY_DAYS_LEFT, LEAST_KEY_DAYS, METRIC_NAMESPACE } from './metric-names.ts';

/**
 * Writes one log line (EMF) with the number of days until the function's Elasticsearch key expires, and warns in time.
 * Writes nothing if the expiry is unknown.
 * @param who name of the function in its log.
 */
export const publishKeyDaysLeft = (
  { service, stage }: Pick<DeploymentSettings, 'service' | 'stage'>,
  { apiKeyExpiresAt }: Pick<Credentials, 'apiKeyExpiresAt'>,
  now: Instant,
  logger: Pick<Logger, 'warn'>,
  who: string,
): void => {
  if (apiKeyExpiresAt === undefined) return;
  const days = (apiKeyExpiresAt - now) / DAY;
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: service });
  metrics.addDimension('stage', stage);
  metrics.addMetric(KEY_DAYS_LEFT, MetricUnit.NoUnit, days);
  metrics.publishStoredMetrics();
  if (days < LEAST_KEY_DAYS)
    logger.warn(`${who}: its Elasticsearch key expires at ${isoInstant(apiKeyExpiresAt)}`, { keyDaysLeft: days });
};
