import {
  METRIC_DIMENSIONS,
  METRIC_NAMESPACE,
  METRIC_SERVICE,
  METRICS,
  type Metric,
} from '../lib/lambda/metric-names.ts';
import type { Category } from '../lib/policy/retention-policy.ts';
import type { Deployment } from './deployment.ts';
import { functionOf, logicalIdOf } from './naming.ts';
import { secondsBetweenRuns } from './schedule.ts';
import { type Resources, ref, type Value } from './template.ts';

/** What an alarm watches and when it goes off; it says nothing about who is told. */
interface Watch {
  readonly what: string;
  readonly description: string;
  readonly properties: Readonly<Record<string, Value>>;
  /** An alarm on a promise, which notifies nobody as long as the deployment only observes. */
  readonly promise: boolean;
}

type Comparison = 'GreaterThanThreshold' | 'LessThanThreshold';

/** CloudWatch looks back no further than a week; for periods under an hour, than a day. */
const WEEK = 604_800;

const dimensionsOf = (category: string): Value => {
  const values = { service: METRIC_SERVICE, category };
  return METRIC_DIMENSIONS.map((name) => ({ Name: name, Value: values[name] }));
};

/** A metric of ours, looked at once a run: its state stays until a run says otherwise. */
const measured = (
  category: Category,
  metric: Metric,
  statistic: 'Maximum' | 'Minimum' | 'Sum',
  comparison: Comparison,
  threshold: number,
): Watch['properties'] => ({
  Namespace: METRIC_NAMESPACE,
  MetricName: metric.name,
  Dimensions: dimensionsOf(category.id),
  Statistic: statistic,
  ComparisonOperator: comparison,
  Threshold: threshold,
  Period: Math.min(secondsBetweenRuns(category), 86_400),
  EvaluationPeriods: 1,
  TreatMissingData: 'ignore',
});

const onPromiseByAge = (category: Category): readonly Watch[] => {
  if (category.rules.age === undefined) return [];
  const lateness = category.rules.age.allowedLateness.milliseconds / 1000;
  return [
    {
      what: 'Overdue',
      description: 'Documents are kept longer than promised.',
      properties: measured(category, METRICS.overdueDocuments, 'Maximum', 'GreaterThanThreshold', 0),
      promise: true,
    },
    {
      what: 'Lag',
      description: 'Two schedules have passed an expired document by: it is about to be overdue.',
      properties: measured(
        category,
        METRICS.retentionLag,
        'Maximum',
        'GreaterThanThreshold',
        Math.min(2 * secondsBetweenRuns(category), lateness),
      ),
      promise: true,
    },
    {
      what: 'Undatable',
      description: 'Documents that nothing dates wait for a person: es-retention settle.',
      properties: measured(category, METRICS.undatableDocuments, 'Maximum', 'GreaterThanThreshold', 0),
      promise: true,
    },
  ];
};

const onPromiseAfterTermination = (category: Category): readonly Watch[] =>
  category.rules.termination === undefined
    ? []
    : [
        {
          what: 'ErasureOverdue',
          description: 'An erasure is past its deadline.',
          properties: measured(category, METRICS.erasuresOverdue, 'Maximum', 'GreaterThanThreshold', 0),
          promise: true,
        },
        {
          what: 'NewUse',
          description: 'Somebody uses the feature again after its termination, unannounced: their new data stays.',
          properties: measured(category, METRICS.newUse, 'Maximum', 'GreaterThanThreshold', 0),
          promise: true,
        },
        {
          what: 'ErasureNear',
          description: 'An erasure is due within 24 hours, and not done.',
          // Nothing is sent when nothing is owed.
          properties: {
            ...measured(category, METRICS.erasureHoursLeft, 'Minimum', 'LessThanThreshold', 24),
            TreatMissingData: 'notBreaching',
          },
          promise: true,
        },
      ];

const onRuns = (category: Category): readonly Watch[] => [
  {
    what: 'Refused',
    description: 'A plan was refused: it waits for a person.',
    properties: measured(category, METRICS.plansRefused, 'Maximum', 'GreaterThanThreshold', 0),
    promise: false,
  },
  {
    what: 'Silent',
    description: 'Two schedules have passed without a run that succeeded.',
    properties: {
      ...measured(category, METRICS.runsSucceeded, 'Sum', 'LessThanThreshold', 1),
      EvaluationPeriods: periodsWithoutRun(category),
      TreatMissingData: 'breaching',
    },
    promise: false,
  },
  {
    what: 'Failing',
    description: 'Runs do not get through with what failed before: see the failure queue and the log.',
    properties: queued(`${logicalIdOf(category.id)}Failures`, 'ApproximateAgeOfOldestMessage', patience(category)),
    promise: false,
  },
];

/** Two schedules, and never less than an hour: a message may have to wait for a run that is still going on. */
const patience = (category: Category): number => Math.max(3_600, 2 * secondsBetweenRuns(category));

/** @throws Error when CloudWatch cannot look back over two schedules. */
const periodsWithoutRun = (category: Category): number => {
  const between = secondsBetweenRuns(category);
  if (2 * between <= WEEK) return Math.ceil((2 * between) / Math.min(between, 86_400));
  throw new Error(
    `${category.id}: an alarm can look back over 7 days, and two of its schedules take ${(2 * between) / 86_400} days: nobody would be told that runs have stopped. Let it run at least twice a week.`,
  );
};

const queued = (queue: string, metric: string, threshold: number): Watch['properties'] => ({
  Namespace: 'AWS/SQS',
  MetricName: metric,
  Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [queue, 'QueueName'] } }],
  Statistic: 'Maximum',
  ComparisonOperator: 'GreaterThanThreshold',
  Threshold: threshold,
  Period: 300,
  EvaluationPeriods: 1,
  TreatMissingData: 'notBreaching', // SQS says nothing about a queue that has been empty for hours
});

const onTheDeployment: readonly Watch[] = [
  {
    what: 'DeadLettersWaiting',
    description: 'Something was given up and waits for a person: es-retention redrive.',
    properties: queued('DeadLetters', 'ApproximateNumberOfMessagesVisible', 0),
    promise: false,
  },
  {
    what: 'DeadLettersOld',
    description: 'Something given up has waited for two days. A termination in it has a deadline of a week.',
    properties: queued('DeadLetters', 'ApproximateAgeOfOldestMessage', 2 * 86_400),
    promise: false,
  },
  {
    what: 'WebhookFailing',
    description: 'The webhook answers 5xx: the sender has to try again.',
    properties: {
      Namespace: 'AWS/ApiGateway',
      MetricName: '5xx',
      Dimensions: [{ Name: 'ApiId', Value: ref('HttpApi') }],
      Statistic: 'Sum',
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0,
      Period: 300,
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
    },
    promise: false,
  },
];

const kebab = (name: string): string => name.replace(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase();

const alarm = (deployment: Deployment, subject: string, { description, properties, promise, what }: Watch): Value => ({
  AlarmName: [deployment.name, subject, kebab(what)].filter(Boolean).join('-'),
  AlarmDescription: description,
  ...properties,
  ActionsEnabled: deployment.enforcing || !promise,
  AlarmActions: [ref('Alarms')],
  OKActions: [ref('Alarms')],
  Tags: deployment.tags,
});

/** Every alarm of a category. */
export const alarmsOf = (deployment: Deployment, category: Category): Resources =>
  Object.fromEntries(
    [...onPromiseByAge(category), ...onPromiseAfterTermination(category), ...onRuns(category)].map((watch) => [
      `${logicalIdOf(category.id)}${watch.what}`,
      { Type: 'AWS::CloudWatch::Alarm', Properties: alarm(deployment, functionOf(category.id), watch) },
    ]),
  );

/** The alarms that belong to no category. */
export const commonAlarms = (deployment: Deployment): Resources =>
  Object.fromEntries(
    onTheDeployment.map((watch) => [
      watch.what,
      { Type: 'AWS::CloudWatch::Alarm', Properties: alarm(deployment, '', watch) },
    ]),
  );
