import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { DeploymentSettings } from '../../adapters/environment/deployment.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { Finding } from '../../purge/finding.ts';
import type { Report } from '../../purge/report/report.ts';
import { METRIC_NAMESPACE, METRICS, type Metric } from './metric-names.ts';

const HOUR = 3_600_000;

/** What the metrics say beside the report: the ledger's entries that are open. */
export interface LedgerStatus {
  readonly overdue: number;
  /** Waiting for a person. */
  readonly braked: number;
  /** Of the open entry that is due first. */
  readonly nearestEraseBy?: Instant;
}

const subjectsUsingAgain = ({ findings }: Report): number =>
  findings.reduce((sum, { code, subjects = 0 }) => sum + (code === 'new-use' ? subjects : 0), 0);

const FORGOTTEN = new Set<Finding['code']>([
  'orphaned-erasures',
  'not-moved',
  'forgotten-events',
  'forgotten-copies',
  'altered-entry',
  'altered-event',
]);

/** What nobody erases has no deadline that could be told, or believed: it counts as past it. An archive that did not answer is no erasure. */
const erasuresForgotten = ({ findings }: Report): number =>
  findings.reduce((sum, { code, subjects = 0 }) => sum + (FORGOTTEN.has(code) ? subjects : 0), 0);

/** What a run leaves behind for its metrics. */
export interface RunResult {
  readonly report: Report;
  /** Undefined where the ledger did not answer after the report. */
  readonly ledger: LedgerStatus | undefined;
  /** Whether receipts and announcements went out that were due: without, the promise does not count as kept. */
  readonly areErasuresFinished: boolean;
}

const ledgerValues = (
  report: Report,
  ledger: LedgerStatus | undefined,
  now: Instant,
): readonly (readonly [Metric, number])[] => {
  if (ledger === undefined) return [];
  const { overdue, braked, nearestEraseBy } = ledger;
  return [
    [METRICS.erasuresOverdue, overdue + erasuresForgotten(report)],
    [METRICS.erasuresBraked, braked],
    ...(nearestEraseBy === undefined ? [] : [[METRICS.erasureHoursLeft, (nearestEraseBy - now) / HOUR] as const]),
  ];
};

/** As `verify` has it: where every plan is refused, no promise is kept for long. */
const isKept = ({ kept, outcome }: Report): boolean => kept && outcome !== 'refused';

const valuesOf = (
  { report, ledger, areErasuresFinished }: RunResult,
  now: Instant,
): readonly (readonly [Metric, number])[] => [
  [METRICS.overdueDocuments, report.found.overdue],
  [METRICS.retentionLag, report.retentionLagMilliseconds / 1000],
  [METRICS.undatableDocuments, report.found.undatable],
  [METRICS.behindIngestion, report.found.behindIngestion],
  ...ledgerValues(report, ledger, now),
  [METRICS.newUse, subjectsUsingAgain(report)],
  [METRICS.plansRefused, report.outcome === 'refused' ? 1 : 0],
  [METRICS.runsReported, 1],
  [METRICS.promiseKept, areErasuresFinished && isKept(report) ? 1 : 0],
];

const UNITS: Readonly<Record<Metric['unit'], (typeof MetricUnit)[keyof typeof MetricUnit]>> = {
  Count: MetricUnit.Count,
  Seconds: MetricUnit.Seconds,
  NoUnit: MetricUnit.NoUnit,
};

/** Which deployment a metric is of. */
type Origin = Pick<DeploymentSettings, 'service' | 'stage'>;

/** Writes one line into the log (EMF), from which CloudWatch takes the metrics. */
const send = ({ service, stage }: Origin, category: string, values: readonly (readonly [Metric, number])[]): void => {
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: service });
  metrics.addDimension('stage', stage);
  metrics.addDimension('category', category);
  for (const [{ name, unit }, value] of values) metrics.addMetric(name, UNITS[unit], value);
  metrics.publishStoredMetrics();
};

/** Sends what a run found to CloudWatch, zero included: what is not sent looks like a silence. */
export const publishMetrics = (origin: Origin, result: RunResult, now: Instant): void =>
  send(origin, result.report.category, valuesOf(result, now));

/** A plan was refused before there was one, since the deployment is bound to another cluster: nothing else is known. */
export const publishRefusal = (origin: Origin, category: string): void =>
  send(origin, category, [[METRICS.plansRefused, 1]]);
