import { HOUSEKEEPING_DONE, METRIC_NAMESPACE } from '../../lib/lambda/metrics/metric-names.ts';
import { A_DAY, type Alarm, counted } from '../alarms/alarm.ts';
import type { Deployment } from '../deployment.ts';
import { lambdaOf } from '../naming.ts';
import { arnOf, assumedBy, type Resources, role, type Value } from '../template.ts';
import { functionStatements } from './function-statements.ts';
import { clusterEnvironmentOf } from './purge-environment.ts';
import { IN_A_VPC } from './purge-role.ts';
import { SCHEDULED_INPUT, SCHEDULER } from './schedule.ts';

/** The name of the housekeeping function in serverless.yml. */
export const HOUSEKEEPING = 'housekeeping';

const keySecret = ({ parameters }: Deployment): string => `${parameters.secrets}/elasticsearch/${HOUSEKEEPING}`;

/** Its environment. It gets no key of the ring and no archive: the bucket expires its objects itself. */
export const housekeepingEnvironment = (deployment: Deployment): Readonly<Record<string, Value>> => ({
  ...clusterEnvironmentOf(deployment),
  ELASTICSEARCH_API_KEY_SECRET: keySecret(deployment),
});

/** Its role, its schedule (once a day), and a role that lets the schedule call this function only. */
export const housekeeping = (deployment: Deployment): Resources => ({
  HousekeepingRole: role(
    assumedBy('lambda'),
    HOUSEKEEPING,
    [
      ...functionStatements(deployment, HOUSEKEEPING, [keySecret(deployment)]),
      ...(deployment.parameters.vpcSubnetIds === '' ? [] : [IN_A_VPC]),
    ],
    deployment.tags,
  ),
  HousekeepingSchedule: {
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      Name: `${deployment.name}-${HOUSEKEEPING}`,
      ScheduleExpression: 'rate(1 day)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      State: 'ENABLED',
      Target: {
        Arn: arnOf(lambdaOf(HOUSEKEEPING)),
        RoleArn: arnOf('HousekeepingScheduleRole'),
        Input: SCHEDULED_INPUT,
        RetryPolicy: { MaximumEventAgeInSeconds: 3_600, MaximumRetryAttempts: 20 },
      },
    },
  },
  HousekeepingScheduleRole: role(
    SCHEDULER,
    'schedule',
    [
      {
        Sid: 'CallItsFunction',
        Effect: 'Allow',
        Action: 'lambda:InvokeFunction',
        Resource: arnOf(lambdaOf(HOUSEKEEPING)),
      },
    ],
    deployment.tags,
  ),
});

/** The alarm about housekeeping. */
export const housekeepingAlarm = ({ service, stage }: Deployment): Alarm => ({
  what: 'HousekeepingSilent',
  short:
    'Housekeeping has not finished for two days, or it found erasures in a category that no run works on. Look: es-retention housekeeping --dry-run, and the log /aws/lambda/DEPLOYMENT-housekeeping. Fix what they name.',
  properties: {
    ...counted(METRIC_NAMESPACE, HOUSEKEEPING_DONE, { service, stage }, 'Sum'),
    ComparisonOperator: 'LessThanThreshold',
    Threshold: 1,
    Period: A_DAY,
    EvaluationPeriods: 2,
    TreatMissingData: 'breaching',
  },
  onlyEnforcing: false,
});
