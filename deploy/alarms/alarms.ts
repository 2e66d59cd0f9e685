import {
  KEY_DAYS_LEFT,
  LEAST_KEY_DAYS,
  METRIC_NAMESPACE,
  WEBHOOK_REFUSALS,
} from '../../lib/lambda/metrics/metric-names.ts';
import type { Category } from '../../lib/policy/retention-policy.ts';
import type { Deployment } from '../deployment.ts';
import { auditAlarms } from '../functions/audit.ts';
import { housekeepingAlarm } from '../functions/housekeeping.ts';
import { functionOf, logicalIdOf } from '../naming.ts';
import { type Resources, ref } from '../template.ts';
import { A_DAY, type Alarm, counted, nameOf, notEmptyFor } from './alarm.ts';
import { controlAlarms } from './control-alarms.ts';
import { promiseAlarms } from './promise-alarms.ts';
import { runAlarms } from './run-alarms.ts';

const deploymentAlarms = (deployment: Deployment): readonly Alarm[] => [
  {
    what: 'DeadLettersWaiting',
    short:
      'A message was given up and waits for a person. Look: es-retention redrive. Fix the cause, then run es-retention redrive --execute.',
    properties: counted(
      'AWS/SQS',
      'ApproximateNumberOfMessagesVisible',
      { QueueName: nameOf('DeadLetters') },
      'Maximum',
    ),
    onlyEnforcing: false,
  },
  {
    what: 'DeadLettersOld',
    short:
      'A message that was given up has waited for two days. It may be a termination, which has a deadline. Look: es-retention redrive. Fix the cause, then run es-retention redrive --execute.',
    properties: notEmptyFor('DeadLetters', 2 * A_DAY),
    onlyEnforcing: false,
  },
  {
    what: 'WebhookFailing',
    short:
      'The webhook answers 5xx: a message is not recorded, or a question not answered, and the sender has to try again. Look: the logs /aws/lambda/DEPLOYMENT-receive-termination and DEPLOYMENT-show-termination. Fix what their errors name.',
    properties: counted('AWS/ApiGateway', '5xx', { ApiId: ref('HttpApi') }, 'Sum'),
    onlyEnforcing: false,
  },
  {
    what: 'WebhookRefusing',
    short:
      'A signed message was refused. It is not recorded, and sending it again does not help. Look: the log /aws/lambda/DEPLOYMENT-receive-termination. Tell the sender the code and the field.',
    properties: counted(
      METRIC_NAMESPACE,
      WEBHOOK_REFUSALS,
      { service: deployment.service, stage: deployment.stage },
      'Sum',
    ),
    onlyEnforcing: false,
  },
  housekeepingAlarm(deployment),
  ...auditAlarms(deployment),
  {
    what: 'KeyExpiring',
    short:
      "A function's key on Elasticsearch expires in less than 14 days. After that its runs fail. Look: the warnings in the log /aws/lambda/DEPLOYMENT-housekeeping and of the purge functions. Make new keys: es-retention setup --keys FOLDER --stage STAGE --rotate.",
    properties: {
      ...counted(METRIC_NAMESPACE, KEY_DAYS_LEFT, { service: deployment.service, stage: deployment.stage }, 'Minimum'),
      ComparisonOperator: 'LessThanThreshold',
      Threshold: LEAST_KEY_DAYS,
      Period: A_DAY, // housekeeping sends its metric once a day
    },
    onlyEnforcing: false,
  },
];

const kebab = (name: string): string => name.replace(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase();

/**
 * One alarm. CloudWatch notifies when the state changes, and keeps the state of a modified alarm. An alarm that was red
 * while it notified nobody would stay silent for ever. So an alarm that notifies only in an enforcing deployment has
 * another name and logical id there, and CloudWatch evaluates it afresh.
 */
const alarmResource = (deployment: Deployment, alarm: Alarm, category?: string): Resources => {
  const { what, short, properties, onlyEnforcing } = alarm;
  const observes = onlyEnforcing && !deployment.enforcing;
  const id = `${category === undefined ? '' : logicalIdOf(category)}${what}${observes ? 'Observing' : ''}`;
  const subject = category === undefined ? [] : [functionOf(category)];
  const text = short.replaceAll('DEPLOYMENT', deployment.name).replaceAll('CATEGORY', category ?? '');
  return {
    [id]: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        AlarmName: [deployment.name, ...subject, kebab(what), ...(observes ? ['observing'] : [])].join('-'),
        AlarmDescription: `${text} Runbook: docs/operations.md#${kebab(what)}`,
        ...properties,
        ActionsEnabled: !observes,
        AlarmActions: [ref('Alarms')],
        OKActions: [ref('Alarms')],
        Tags: deployment.tags,
      },
    },
  };
};

/** Every alarm of a category. */
export const alarmsOf = (deployment: Deployment, category: Category): Resources =>
  Object.assign(
    {},
    ...[
      ...promiseAlarms(deployment, category),
      ...runAlarms(deployment, category),
      ...controlAlarms(deployment, category),
    ].map((alarm) => alarmResource(deployment, alarm, category.id)),
  );

/** The alarms that do not belong to a category. */
export const commonAlarms = (deployment: Deployment): Resources =>
  Object.assign({}, ...deploymentAlarms(deployment).map((alarm) => alarmResource(deployment, alarm)));
