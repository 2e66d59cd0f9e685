import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { DeploymentSettings } from '../../adapters/environment/deployment.ts';
import { METRIC_NAMESPACE, WEBHOOK_REFUSALS } from './metric-names.ts';

/** Counts a signed message that could not be accepted, by one log line (EMF). */
export const countRejection = ({ service, stage }: Pick<DeploymentSettings, 'service' | 'stage'>): void => {
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: service });
  metrics.addDimension('stage', stage);
  metrics.addMetric(WEBHOOK_REFUSALS, MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
};
