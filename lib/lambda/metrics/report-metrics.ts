import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { DeploymentSettings } from '../../adapters/environment/deployment.ts';
import type { Finding } from '../../criteria/finding.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { Report } from '../../purge/report/report.ts';
import { METRIC_NAMESPACE, METRICS, type Metric } from './metric-names.ts';

const HOUR = 3_600_000;

/** Numbers for the metrics that are not in the report: open ledger entries. */
export interface LedgerStatus {
  readonly overdue: number;
  /** Entries that wait for a person. */
  readonly braked: number;
  /** The deadline of the most urgent open entry. */
  readonly nearestEraseBy?: Instant;
}

const subjectsIn = ({ findings }: Report, wanted: Finding['code']): number =>
  findings.reduce((sum, { code, subjects = 0 }) => sum + (code === wanted ? subjects : 0), 0);

const subjectsWith = ({ findings }: Report, wanted: Finding['code']): number =>
  findings.some(({ code }) => code === wanted) ? 1 : 0;

const FORGOTTEN_OR_ALTERED = new Set<Finding['code']>([
  'orphaned-erasures',
  'not-moved',
  'forgotten-events',
  'forgotten-copies',
  'altered-entry',
  'altered-event',
]);

/**
 * An erasure that no run carries out has no reliable deadline, so it counts as overdue. An archive that did not answer
 * does not count as an erasure.
 */
const erasuresForgotten = ({ findings }: Report): number =>
  findings.reduce((sum, { code, subjects = 0 }) => sum + (FORGOTTEN_OR_ALTERED.has(code) ? subjects : 0), 0);

/** The results of a run that its metrics need. */
export interface RunResult {
  readonly report: Report;
  /** Undefined if the ledger did not answer after the report. */
  readonly ledger: LedgerStatus | undefined;
  /** Whether all due receipts and events were published. If not, the promise does not count as kept. */
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

/** A refused plan counts as not kept, as in `verify`: if every plan is refused, the promise will soon be broken. */
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
  [METRICS.newUse, subjectsIn(report, 'new-use')],
  [METRICS.controlsUnread, subjectsWith(report, 'controls-unread')],
  [METRICS.holdsToReview, subjectsIn(report, 'hold-to-review')],
  [METRICS.pauseBreaksPromise, subjectsWith(report, 'pause-breaks-promise')],
  [METRICS.plansRefused, report.outcome === 'refused' ? 1 : 0],
  [METRICS.runsReported, 1],
  [METRICS.promiseKept, areErasuresFinished && isKept(report) ? 1 : 0],
];

const UNITS: Readonly<Record<Metric['unit'], (typeof MetricUnit)[keyof typeof MetricUnit]>> = {
  Count: MetricUnit.Count,
  Seconds: MetricUnit.Seconds,
  NoUnit: MetricUnit.NoUnit,
};

/** The deployment that a metric belongs to. */
type Origin = Pick<DeploymentSettings, 'service' | 'stage'>;

/** Writes one line into the log (EMF), from which CloudWatch takes the metrics. */
const send = ({ service, stage }: Origin, category: string, values: readonly (readonly [Metric, number])[]): void => {
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: service });
  metrics.addDimension('stage', stage);
  metrics.addDimension('category', category);
  for (const [{ name, unit }, value] of values) metrics.addMetric(name, UNITS[unit], value);
  metrics.publishStoredMetrics();
};

/** Sends the results of a run to CloudWatch, including zeros: a missing value would look like silence. */
export const publishMetrics = (origin: Origin, result: RunResult, now: Instant): void =>
  send(origin, result.report.category, valuesOf(result, now));

/**
 * Sends the only known fact if a run is refused before it has a plan, because the deployment belongs to another
 * cluster.
 */
export const publishRefusal = (origin: Origin, category: string): void =>
  send(origin, category, [[METRICS.plansRefused, 1]]);
