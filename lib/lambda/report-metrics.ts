import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Instant } from '../policy/instant.ts';
import type { Finding } from '../purge/finding.ts';
import type { Report } from '../purge/report.ts';
import { METRIC_NAMESPACE, METRIC_SERVICE, METRICS, type Metric } from './metric-names.ts';

const HOUR = 3_600_000;

/** What the metrics say beside the report: the ledger's entries that are open. */
export interface LedgerStanding {
  readonly overdue: number;
  /** Of the open entry that is due first. */
  readonly nearestEraseBy?: Instant;
}

const LOOKED_AWAY = new Set<Finding['code']>(['closed', 'red', 'read-blocked', 'unanswered', 'ledger-not-examined']);

/** A run that kept the promises; in observe mode one that looked at everything. */
const isSuccess = ({ outcome, findings }: Report): boolean =>
  outcome === 'complete' || (outcome === 'observed' && findings.every(({ code }) => !LOOKED_AWAY.has(code)));

const subjectsUsingAgain = ({ findings }: Report): number =>
  findings.reduce((sum, { code, subjects = 0 }) => sum + (code === 'new-use' ? subjects : 0), 0);

const FORGOTTEN = new Set<Finding['code']>(['orphaned-erasures', 'forgotten-events', 'forgotten-copies']);

/** What nobody erases has no deadline that could be told: it counts as past it. An archive that did not answer is no erasure. */
const erasuresForgotten = ({ findings }: Report): number =>
  findings.reduce((sum, { code, subjects = 0 }) => sum + (FORGOTTEN.has(code) ? subjects : 0), 0);

const valuesOf = (
  report: Report,
  ledger: LedgerStanding,
  areBooksClosed: boolean,
  now: Instant,
): readonly (readonly [Metric, number])[] => [
  [METRICS.overdueDocuments, report.found.overdue],
  [METRICS.retentionLag, report.retentionLagMilliseconds / 1000],
  [METRICS.undatableDocuments, report.found.undatable],
  [METRICS.behindIngestion, report.found.behindIngestion],
  [METRICS.erasuresOverdue, ledger.overdue + erasuresForgotten(report)],
  ...(ledger.nearestEraseBy === undefined
    ? []
    : [[METRICS.erasureHoursLeft, (ledger.nearestEraseBy - now) / HOUR] as const]),
  [METRICS.newUse, subjectsUsingAgain(report)],
  [METRICS.plansRefused, report.outcome === 'refused' ? 1 : 0],
  [METRICS.runsSucceeded, areBooksClosed && isSuccess(report) ? 1 : 0],
];

const UNITS: Readonly<Record<Metric['unit'], (typeof MetricUnit)[keyof typeof MetricUnit]>> = {
  Count: MetricUnit.Count,
  Seconds: MetricUnit.Seconds,
  NoUnit: MetricUnit.NoUnit,
};

/**
 * Sends what a run found to CloudWatch, by a line in the log (EMF), zero included: what is not sent looks like a silence.
 * @param areBooksClosed whether receipts and announcements went out that were due: without, no run is a success.
 */
export const publishMetrics = (report: Report, ledger: LedgerStanding, areBooksClosed: boolean, now: Instant): void => {
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: METRIC_SERVICE });
  metrics.addDimension('category', report.category);
  for (const [{ name, unit }, value] of valuesOf(report, ledger, areBooksClosed, now))
    metrics.addMetric(name, UNITS[unit], value);
  metrics.publishStoredMetrics();
};

/** A plan was refused before there was one, since the deployment is bound to another cluster: nothing else is known. */
export const publishRefusal = (category: string): void => {
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: METRIC_SERVICE });
  metrics.addDimension('category', category);
  metrics.addMetric(METRICS.plansRefused.name, MetricUnit.Count, 1);
  metrics.addMetric(METRICS.runsSucceeded.name, MetricUnit.Count, 0);
  metrics.publishStoredMetrics();
};
