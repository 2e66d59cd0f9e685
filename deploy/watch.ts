import { METRIC_DIMENSIONS, METRIC_NAMESPACE, type Metric } from '../lib/lambda/metrics/metric-names.ts';
import type { Category } from '../lib/policy/retention-policy.ts';
import type { Deployment } from './deployment.ts';
import { secondsBetweenRuns } from './schedule.ts';
import type { Value } from './template.ts';

/** What an alarm watches and when it goes off; it says nothing about who is told. */
export interface Watch {
  /** The end of the alarm's name in kebab case, which is also its section in docs/operations.md. */
  readonly what: string;
  /**
   * What it means and what to do, in short: the words with which its section begins. `CATEGORY` and `DEPLOYMENT` stand for the names
   * of the category and of the deployment.
   */
  readonly short: string;
  readonly properties: Readonly<Record<string, Value>>;
  /** Notifies nobody as long as the deployment only observes. */
  readonly onlyEnforcing: boolean;
}

type Comparison = 'GreaterThanThreshold' | 'LessThanThreshold';

/** CloudWatch looks back no further than a week; for periods under an hour, than a day. */
const WEEK = 604_800;
export const A_DAY = 86_400;

/** The values of the dimensions under which a category's metrics are found. */
export const dimensionsOf = (
  { service, stage }: Deployment,
  category: string,
): readonly (readonly [name: string, value: string])[] => {
  const values = { service, stage, category };
  return METRIC_DIMENSIONS.map((name) => [name, values[name]]);
};

/**
 * How many periods an alarm looks back over, to see two schedules.
 * @throws Error when CloudWatch cannot look back so far.
 */
export const periodsOfTwoSchedules = (category: Category): number => {
  const between = secondsBetweenRuns(category);
  if (2 * between <= WEEK) return Math.ceil((2 * between) / Math.min(between, A_DAY));
  throw new Error(
    `${category.id}: an alarm can look back over 7 days, and two of its schedules take ${(2 * between) / A_DAY} days: nobody would be told that runs have stopped. Let it run at least twice a week.`,
  );
};

/** A metric of ours, looked at once a run: its state stays until a run says otherwise. */
export const measured = (
  deployment: Deployment,
  category: Category,
  metric: Metric,
  statistic: 'Maximum' | 'Minimum' | 'Sum',
  comparison: Comparison,
  threshold: number,
): Watch['properties'] => ({
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

/** Something that AWS itself counts, and says nothing about as long as it does not happen. */
export const counted = (
  Namespace: string,
  MetricName: string,
  dimensions: Readonly<Record<string, Value>>,
  Statistic: 'Maximum' | 'Minimum' | 'Sum',
): Watch['properties'] => ({
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

/** The name of a queue, by which SQS's metrics know it. */
export const nameOf = (queue: string): Value => ({ 'Fn::GetAtt': [queue, 'QueueName'] });

/**
 * A queue that has not been empty for so many seconds. SQS's metric of the oldest message's age would not do: it leaves out what
 * was received three times and is still there, which is what waits for a mend.
 */
export const lasting = (queue: string, seconds: number): Watch['properties'] => {
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
    TreatMissingData: 'notBreaching', // SQS says nothing about a queue that has been empty for hours
  };
};
