import { METRIC_DIMENSIONS, METRIC_NAMESPACE, type Metric } from '../../lib/lambda/metrics/metric-names.ts';
import type { Category } from '../../lib/policy/retention-policy.ts';
import type { Deployment } from '../deployment.ts';
import { secondsBetweenRuns } from '../functions/schedule.ts';
import type { Value } from '../template.ts';

/** The metric of an alarm, and when the alarm goes off. It does not say who is notified. */
export interface Alarm {
  /** The end of the alarm's name in kebab case, also the name of its section in docs/operations.md. */
  readonly what: string;
  /**
   * A short text: what the alarm means and what to do. Its section begins with the same words. `CATEGORY` and
   * `DEPLOYMENT` stand for the names of category and deployment.
   */
  readonly short: string;
  readonly properties: Readonly<Record<string, Value>>;
  /** Notifies nobody while the deployment only observes. */
  readonly onlyEnforcing: boolean;
}

type Comparison = 'GreaterThanThreshold' | 'LessThanThreshold';

/** CloudWatch evaluates a time of at most a week, or of at most a day if the periods are shorter than an hour. */
const WEEK = 604_800;
export const A_DAY = 86_400;

/** The dimensions of a category's metrics, with their values. */
export const dimensionsOf = (
  { service, stage }: Deployment,
  category: string,
): readonly (readonly [name: string, value: string])[] => {
  const values = { service, stage, category };
  return METRIC_DIMENSIONS.map((name) => [name, values[name]]);
};

/**
 * The number of periods that cover two schedules.
 * @throws Error if CloudWatch cannot evaluate that many.
 */
export const periodsOfTwoSchedules = (category: Category): number => {
  const between = secondsBetweenRuns(category);
  if (2 * between <= WEEK) return Math.ceil((2 * between) / Math.min(between, A_DAY));
  throw new Error(
    `${category.id}: an alarm can look back over 7 days, and two of its schedules take ${(2 * between) / A_DAY} days: nobody would be told that runs have stopped. Let it run at least twice a week.`,
  );
};

/** An alarm on one of our metrics, evaluated once a run. Its state stays until the next run. */
export const measured = (
  deployment: Deployment,
  category: Category,
  metric: Metric,
  statistic: 'Maximum' | 'Minimum' | 'Sum',
  comparison: Comparison,
  threshold: number,
): Alarm['properties'] => ({
  Namespace: METRIC_NAMESPACE,
  MetricName: metric.name,
  Dimensions: dimensionsOf(deployment, category.id).map(([Name, Value]) => ({ Name, Value })),
  Statistic: statistic,
  ComparisonOperator: comparison,
  Threshold: threshold,
  Period: Math.min(secondsBetweenRuns(category), A_DAY),
  EvaluationPeriods: 1,
  TreatMissingData: 'ignore',
});

/** An alarm on an AWS metric that has no data while nothing happens. */
export const counted = (
  Namespace: string,
  MetricName: string,
  dimensions: Readonly<Record<string, Value>>,
  Statistic: 'Maximum' | 'Minimum' | 'Sum',
): Alarm['properties'] => ({
  Namespace,
  MetricName,
  Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
  Statistic,
  ComparisonOperator: 'GreaterThanThreshold',
  Threshold: 0,
  Period: 300,
  EvaluationPeriods: 1,
  TreatMissingData: 'notBreaching',
});

/** The name of a queue in SQS's metrics. */
export const nameOf = (queue: string): Value => ({ 'Fn::GetAtt': [queue, 'QueueName'] });

/**
 * An alarm on a queue that has not been empty for this many seconds. The SQS metric for the age of the oldest message
 * cannot be used. It ignores messages that were received three times and are still there, but these messages are
 * waiting for a repair.
 */
export const notEmptyFor = (queue: string, seconds: number): Alarm['properties'] => {
  const Period = seconds <= A_DAY ? 300 : 3_600;
  const metric = (Id: string, MetricName: string): Value => ({
    Id,
    MetricStat: {
      Metric: { Namespace: 'AWS/SQS', MetricName, Dimensions: [{ Name: 'QueueName', Value: nameOf(queue) }] },
      Period,
      Stat: 'Maximum',
    },
    ReturnData: false,
  });
  return {
    Metrics: [
      { Id: 'messages', Expression: 'visible + inFlight', Label: 'Messages', ReturnData: true },
      metric('visible', 'ApproximateNumberOfMessagesVisible'),
      metric('inFlight', 'ApproximateNumberOfMessagesNotVisible'),
    ],
    ComparisonOperator: 'GreaterThanThreshold',
    Threshold: 0,
    EvaluationPeriods: Math.ceil(seconds / Period),
    TreatMissingData: 'notBreaching', // SQS sends no metrics for a queue that has been empty for hours
  };
};
