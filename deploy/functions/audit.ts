import { keyVariable } from '../../lib/adapters/crypto/read-key-ring.ts';
import { ERASED_DATA_RETURNED, SENDERS } from '../../lib/erasure/events/bus-sources.ts';
import { KEY_KINDS } from '../../lib/erasure/subjects/key-ring.ts';
import { AUDIT_METRICS, METRIC_NAMESPACE } from '../../lib/lambda/metrics/metric-names.ts';
import { type Alarm, counted } from '../alarms/alarm.ts';
import type { Deployment } from '../deployment.ts';
import { lambdaOf } from '../naming.ts';
import { arnOf, assumedBy, type IamStatement, type Resources, role, sub, type Value } from '../template.ts';
import { functionStatements } from './function-statements.ts';
import { clusterEnvironmentOf } from './purge-environment.ts';
import { IN_A_VPC, publish } from './purge-role.ts';
import { SCHEDULED_INPUT, SCHEDULER } from './schedule.ts';

/** The name of the audit's function in serverless.yml. */
export const AUDIT = 'audit-retention';

/**
 * The secrets that it reads, by variable. It needs every kind of key: to compare hashes, to open manifests, and to sign
 * its statements.
 */
const secretsOf = ({ parameters }: Deployment): Readonly<Record<string, string>> => ({
  ELASTICSEARCH_API_KEY_SECRET: `${parameters.secrets}/elasticsearch/audit`,
  ...Object.fromEntries(KEY_KINDS.map((kind) => [`${keyVariable(kind)}_SECRET`, `${parameters.secrets}/keys/${kind}`])),
});

/** Its environment. In the archive each category has a folder: `*` stands for all of them. */
export const auditEnvironment = (deployment: Deployment): Readonly<Record<string, Value>> => ({
  ...clusterEnvironmentOf(deployment),
  RETENTION_ARCHIVE: sub(`s3://\${Archive}/*`),
  ...secretsOf(deployment),
});

/** It lists the archive, opens manifests and statements, and writes only statements. */
const onArchive = ({ policy }: Deployment): readonly IamStatement[] => {
  const folders = [...policy.categories.keys()];
  const objects = (kind: string): readonly Value[] => folders.map((id) => sub(`\${Archive.Arn}/${id}/${kind}/*`));
  return [
    { Sid: 'ListTheArchive', Effect: 'Allow', Action: 's3:ListBucket', Resource: arnOf('Archive') },
    {
      Sid: 'OpenManifestsAndStatements',
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: [...objects('manifests'), ...objects('statements')],
    },
    { Sid: 'StateItself', Effect: 'Allow', Action: 's3:PutObject', Resource: objects('statements') },
  ];
};

/** Its role, its schedule (once an hour), and a role that lets the schedule call this function only. */
export const auditing = (deployment: Deployment): Resources => ({
  AuditRetentionRole: role(
    assumedBy('lambda'),
    AUDIT,
    [
      ...functionStatements(deployment, AUDIT, Object.values(secretsOf(deployment))),
      ...onArchive(deployment),
      publish(deployment, SENDERS.audit, [ERASED_DATA_RETURNED]),
      ...(deployment.parameters.vpcSubnetIds === '' ? [] : [IN_A_VPC]),
    ],
    deployment.tags,
  ),
  AuditRetentionSchedule: {
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      Name: `${deployment.name}-${AUDIT}`,
      ScheduleExpression: 'rate(1 hour)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      State: 'ENABLED',
      Target: {
        Arn: arnOf(lambdaOf(AUDIT)),
        RoleArn: arnOf('AuditRetentionScheduleRole'),
        Input: SCHEDULED_INPUT,
        RetryPolicy: { MaximumEventAgeInSeconds: 1_800, MaximumRetryAttempts: 20 },
      },
    },
  },
  AuditRetentionScheduleRole: role(
    SCHEDULER,
    'schedule',
    [
      {
        Sid: 'CallItsFunction',
        Effect: 'Allow',
        Action: 'lambda:InvokeFunction',
        Resource: arnOf(lambdaOf(AUDIT)),
      },
    ],
    deployment.tags,
  ),
});

const HOUR = 3_600;

/** The alarms about the audit. */
export const auditAlarms = ({ service, stage }: Deployment): readonly Alarm[] => [
  {
    what: 'AuditBreach',
    short:
      'The audit found that a promise is broken, or that a report, the ledger or the archive is not true. Look: es-retention audit. Do what it says of each breach.',
    properties: {
      ...counted(METRIC_NAMESPACE, AUDIT_METRICS.breaches, { service, stage }, 'Maximum'),
      Period: HOUR,
      TreatMissingData: 'ignore',
    },
    onlyEnforcing: true,
  },
  {
    what: 'AuditSilent',
    short:
      'No audit has finished for two hours, so nobody checks whether reports are true. Look: the log /aws/lambda/DEPLOYMENT-audit-retention. Fix what its last error names.',
    properties: {
      ...counted(METRIC_NAMESPACE, AUDIT_METRICS.done, { service, stage }, 'Sum'),
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      Period: HOUR,
      EvaluationPeriods: 2,
      TreatMissingData: 'breaching',
    },
    onlyEnforcing: false,
  },
];
