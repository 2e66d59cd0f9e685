import { METRICS } from '../../lib/lambda/metrics/metric-names.ts';
import type { Category } from '../../lib/policy/retention-policy.ts';
import type { Deployment } from '../deployment.ts';
import { secondsBetweenRuns } from '../functions/schedule.ts';
import { type Alarm, measured, periodsOfTwoSchedules } from './alarm.ts';

const agePromiseAlarms = (deployment: Deployment, category: Category): readonly Alarm[] => {
  if (category.rules.age === undefined) return [];
  const lateness = category.rules.age.allowedLateness.milliseconds / 1000;
  return [
    {
      what: 'Overdue',
      short:
        'Documents are kept longer than promised. Look: es-retention verify --category CATEGORY. Fix what it names. The next run deletes the documents.',
      properties: measured(deployment, category, METRICS.overdueDocuments, 'Maximum', 'GreaterThanThreshold', 0),
      onlyEnforcing: true,
    },
    {
      what: 'Lag',
      short:
        'Runs have not deleted an expired document, and it will soon be overdue. Look: es-retention plan --category CATEGORY. Fix what prevents the deletion.',
      properties: measured(
        deployment,
        category,
        METRICS.retentionLag,
        'Maximum',
        'GreaterThanThreshold',
        Math.min(2 * secondsBetweenRuns(category), lateness),
      ),
      onlyEnforcing: true,
    },
    {
      what: 'Undatable',
      short:
        'Some documents have no usable date, so no run deletes them. Look: es-retention verify --category CATEGORY. If you know a date, set it: es-retention backfill-dates --category CATEGORY --ingested-at INSTANT.',
      properties: measured(deployment, category, METRICS.undatableDocuments, 'Maximum', 'GreaterThanThreshold', 0),
      onlyEnforcing: true,
    },
  ];
};

const erasurePromiseAlarms = (deployment: Deployment, category: Category): readonly Alarm[] =>
  category.rules.termination === undefined
    ? []
    : [
        {
          what: 'ErasureOverdue',
          short:
            'An erasure is past its deadline or forgotten, or its entry was edited. Look: es-retention status. Fix what it names. If something is forgotten or edited, run es-retention replay.',
          properties: measured(deployment, category, METRICS.erasuresOverdue, 'Maximum', 'GreaterThanThreshold', 0),
          onlyEnforcing: true,
        },
        {
          what: 'ErasuresBraked',
          short:
            'More erasures were requested than the policy allows at once, so they wait for a person. Look: es-retention braked. Ask the account system whether they are genuine, then run es-retention confirm --request ID or es-retention cancel --request ID.',
          properties: measured(deployment, category, METRICS.erasuresBraked, 'Maximum', 'GreaterThanThreshold', 0),
          onlyEnforcing: true,
        },
        {
          what: 'NewUse',
          short:
            "Documents are dated after the termination of somebody's feature, so they stay. Look: es-retention verify --category CATEGORY. Ask the account system whether the feature is in use again.",
          properties: measured(deployment, category, METRICS.newUse, 'Maximum', 'GreaterThanThreshold', 0),
          onlyEnforcing: true,
        },
        {
          what: 'ErasureNear',
          short:
            'The deadline of an erasure is less than 24 hours away, and the erasure is not done. Look: es-retention status, then es-retention verify --category CATEGORY. Fix what prevents it before the deadline.',
          // The metric is not sent when nothing is due.
          properties: {
            ...measured(deployment, category, METRICS.erasureHoursLeft, 'Minimum', 'LessThanThreshold', 24),
            TreatMissingData: 'notBreaching',
          },
          onlyEnforcing: true,
        },
      ];

const wholePromiseAlarm = (deployment: Deployment, category: Category): Alarm => ({
  what: 'NotKept',
  short:
    'Within two schedules, no run found the promise kept and finished its erasures. Look: es-retention verify --category CATEGORY, and the log /aws/lambda/DEPLOYMENT-purge-CATEGORY. Fix what they name.',
  properties: {
    ...measured(deployment, category, METRICS.promiseKept, 'Maximum', 'LessThanThreshold', 1),
    EvaluationPeriods: periodsOfTwoSchedules(category),
  },
  onlyEnforcing: true,
});

/** The alarms about a category's promise. */
export const promiseAlarms = (deployment: Deployment, category: Category): readonly Alarm[] => [
  ...agePromiseAlarms(deployment, category),
  ...erasurePromiseAlarms(deployment, category),
  wholePromiseAlarm(deployment, category),
];
