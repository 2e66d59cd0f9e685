import { METRICS } from '../lib/lambda/metric-names.ts';
import type { Category } from '../lib/policy/retention-policy.ts';
import type { Deployment } from './deployment.ts';
import { functionOf, lambdaOf, logicalIdOf } from './naming.ts';
import { secondsBetweenRuns } from './schedule.ts';
import { type Resources, ref, type Value } from './template.ts';
import { A_DAY, counted, lasting, measured, nameOf, type Watch, WEEK } from './watch.ts';

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
          description: 'An erasure is past its deadline, or forgotten: es-retention status says which.',
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
    description:
      'For two schedules the failure queue has not been empty: runs do not get through with it. See the log.',
    properties: lasting(`${logicalIdOf(category.id)}Failures`, patience(category)),
    promise: false,
  },
];

/**
 * A termination that neither function nor failure queue took. What else goes this way, a schedule or a continuation, the next
 * run makes up for; so where nobody is erased, nothing is lost.
 */
const onLosses = ({ name }: Deployment, category: Category): readonly Watch[] =>
  category.rules.termination === undefined
    ? []
    : [
        {
          what: 'TerminationLost',
          description: `The bus could deliver a termination neither to the function nor to its failure queue. ${LOST}`,
          properties: counted(
            'AWS/Events',
            'InvocationsFailedToBeSentToDlq',
            { EventBusName: ref('Bus'), RuleName: `${name}-${functionOf(category.id)}-rule-1` },
            'Sum',
          ),
          promise: false,
        },
        {
          what: 'FailureLost',
          description: `Lambda could not put into the failure queue what it gave up. ${LOST}`,
          properties: counted(
            'AWS/Lambda',
            'DestinationDeliveryFailures',
            { FunctionName: ref(lambdaOf(functionOf(category.id))) },
            'Sum',
          ),
          promise: false,
        },
      ];

const LOST = 'It is lost: have it sent again, or find whom it was about by es-retention reconcile.';

/** Two schedules, and never less than an hour: a message may have to wait for a run that is still going on. */
const patience = (category: Category): number => Math.max(3_600, 2 * secondsBetweenRuns(category));

/** @throws Error when CloudWatch cannot look back over two schedules. */
const periodsWithoutRun = (category: Category): number => {
  const between = secondsBetweenRuns(category);
  if (2 * between <= WEEK) return Math.ceil((2 * between) / Math.min(between, A_DAY));
  throw new Error(
    `${category.id}: an alarm can look back over 7 days, and two of its schedules take ${(2 * between) / A_DAY} days: nobody would be told that runs have stopped. Let it run at least twice a week.`,
  );
};

const onTheDeployment: readonly Watch[] = [
  {
    what: 'DeadLettersWaiting',
    description: 'Something was given up and waits for a person: es-retention redrive.',
    properties: counted(
      'AWS/SQS',
      'ApproximateNumberOfMessagesVisible',
      { QueueName: nameOf('DeadLetters') },
      'Maximum',
    ),
    promise: false,
  },
  {
    what: 'DeadLettersOld',
    description: 'For two days something given up has waited. A termination among it has a deadline of a week.',
    properties: lasting('DeadLetters', 2 * A_DAY),
    promise: false,
  },
  {
    what: 'WebhookFailing',
    description: 'The webhook answers 5xx: the sender has to try again.',
    properties: counted('AWS/ApiGateway', '5xx', { ApiId: ref('HttpApi') }, 'Sum'),
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
    [
      ...onPromiseByAge(category),
      ...onPromiseAfterTermination(category),
      ...onRuns(category),
      ...onLosses(deployment, category),
    ].map((watch) => [
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
