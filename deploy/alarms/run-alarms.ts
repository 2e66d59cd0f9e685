import { METRICS } from '../../lib/lambda/metrics/metric-names.ts';
import type { Category } from '../../lib/policy/retention-policy.ts';
import type { Deployment } from '../deployment.ts';
import { secondsBetweenRuns } from '../functions/schedule.ts';
import { functionOf, lambdaOf, logicalIdOf } from '../naming.ts';
import { ref } from '../template.ts';
import { type Alarm, counted, measured, notEmptyFor, periodsOfTwoSchedules } from './alarm.ts';

const alarmsOnRuns = (deployment: Deployment, category: Category): readonly Alarm[] => [
  {
    what: 'Refused',
    short:
      'A plan was refused and waits for a person. Nothing was deleted. Look: es-retention plan --category CATEGORY, and the log /aws/lambda/DEPLOYMENT-purge-CATEGORY. Carry out a saved plan, correct the clock or the address, or see the alarm controls-unread.',
    properties: measured(deployment, category, METRICS.plansRefused, 'Maximum', 'GreaterThanThreshold', 0),
    onlyEnforcing: true,
  },
  {
    what: 'Silent',
    short:
      'No run has reached its report for two schedules: the function fails, is rejected or is not called. Look: the log /aws/lambda/DEPLOYMENT-purge-CATEGORY. Fix what its last error names.',
    properties: {
      ...measured(deployment, category, METRICS.runsReported, 'Sum', 'LessThanThreshold', 1),
      EvaluationPeriods: periodsOfTwoSchedules(category),
      TreatMissingData: 'breaching',
    },
    onlyEnforcing: false,
  },
  {
    what: 'Failing',
    short:
      'The failure queue has not been empty for two schedules: runs cannot process its messages. Look: the log /aws/lambda/DEPLOYMENT-purge-CATEGORY. Fix what its errors name. The next run processes the queue.',
    properties: notEmptyFor(`${logicalIdOf(category.id)}Failures`, patience(category)),
    onlyEnforcing: false,
  },
];

const LOST = 'is lost. Have it sent again, or find the account with es-retention reconcile --active FILE.';

/**
 * A termination that neither function nor failure queue accepted. Lost schedules and continuations do no harm, because
 * the next run does their work. So a category without erasures needs no such alarm.
 */
const lossAlarms = ({ name }: Deployment, category: Category): readonly Alarm[] =>
  category.rules.termination === undefined
    ? []
    : [
        {
          what: 'TerminationLost',
          short: `The bus could not deliver a termination, neither to the function nor to its failure queue. The termination ${LOST}`,
          properties: counted(
            'AWS/Events',
            'InvocationsFailedToBeSentToDlq',
            { EventBusName: ref('Bus'), RuleName: `${name}-${functionOf(category.id)}-rule-1` },
            'Sum',
          ),
          onlyEnforcing: false,
        },
        {
          what: 'FailureLost',
          short: `Lambda gave up a message and could not put it into the failure queue. The message ${LOST}`,
          properties: counted(
            'AWS/Lambda',
            'DestinationDeliveryFailures',
            { FunctionName: ref(lambdaOf(functionOf(category.id))) },
            'Sum',
          ),
          onlyEnforcing: false,
        },
      ];

/** Two schedules, but at least an hour: a message may have to wait for a run in progress. */
const patience = (category: Category): number => Math.max(3_600, 2 * secondsBetweenRuns(category));

/** The alarms about a category's function and its events. */
export const runAlarms = (deployment: Deployment, category: Category): readonly Alarm[] => [
  ...alarmsOnRuns(deployment, category),
  ...lossAlarms(deployment, category),
];
