import type { Deployment } from '../deployment.ts';
import { functionOf, logicalIdOf } from '../naming.ts';
import { retainedFateOf } from '../retained.ts';
import { arnHere, arnOf, type IamStatement, type Resources, ref, type Value } from '../template.ts';
import { failureQueueArn } from './queue-names.ts';

/** The prefix of the ARNs of the rules that call a category's function; osls numbers them. */
const rulesOf = ({ name }: Deployment, category: string): Value =>
  arnHere('events', `rule/${name}/${name}-${functionOf(category)}-rule-*`);

/**
 * Within an account, the policy of an identity would be enough to put a forged message into a queue. So everybody is
 * denied access, except those who need it.
 * @param roles the permitted roles.
 * @param rules the permitted rules, for which EventBridge sends undeliverable events.
 */
const policyOf = (deployment: Deployment, id: string, roles: readonly string[], rules?: Value): Resources[string] => ({
  Type: 'AWS::SQS::QueuePolicy',
  ...retainedFateOf(deployment),
  Properties: {
    Queues: [ref(id)],
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [...(rules === undefined ? [] : [fromRules(id, rules)]), onlyFrom(id, roles, rules), overTlsOnly(id)],
    },
  },
});

const fromRules = (id: string, rules: Value): IamStatement => ({
  Sid: 'ItsOwnRules',
  Effect: 'Allow',
  Principal: { Service: 'events.amazonaws.com' },
  Action: 'sqs:SendMessage',
  Resource: arnOf(id),
  Condition: { ArnLike: { 'aws:SourceArn': rules } },
});

const onlyFrom = (id: string, roles: readonly string[], rules?: Value): IamStatement => ({
  Sid: 'NobodyElse',
  Effect: 'Deny',
  Principal: '*',
  Action: 'sqs:SendMessage',
  Resource: arnOf(id),
  // Both conditions must be true. A condition whose key is missing in the request counts as true.
  Condition: {
    ArnNotEquals: { 'aws:PrincipalArn': roles.map(arnOf) },
    ...(rules !== undefined && { ArnNotLike: { 'aws:SourceArn': rules } }),
  },
});

/** Messages name accounts, so plain http is denied for sending and reading. */
const overTlsOnly = (id: string): IamStatement => ({
  Sid: 'OverTlsOnly',
  Effect: 'Deny',
  Principal: '*',
  Action: 'sqs:*',
  Resource: arnOf(id),
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
});

/**
 * The policy of a category's failure queue. Its rules, its schedule and its function (by their roles, which Scheduler
 * and Lambda use), and a person who redrives may put messages into it.
 */
export const failureQueuePolicy = (deployment: Deployment, category: string): Resources => {
  const id = logicalIdOf(category);
  return {
    [`${id}FailuresPolicy`]: policyOf(
      deployment,
      `${id}Failures`,
      [`${id}Role`, `${id}ScheduleRole`, 'RedriveRole'],
      rulesOf(deployment, category),
    ),
  };
};

/**
 * The policy of the dead letters: the functions may put messages into them. SQS itself needs no permission to move
 * messages there.
 */
export const deadLetterQueuePolicy = (deployment: Deployment): Resources => ({
  DeadLettersPolicy: policyOf(
    deployment,
    'DeadLetters',
    [...deployment.policy.categories.keys()].map((category) => `${logicalIdOf(category)}Role`),
  ),
});

/** The maximum number of source queues that SQS accepts. */
const MAX_SOURCES = 10;

/**
 * The queues that may move messages to the dead letters: our own. If there are more than SQS accepts, any queue may
 * (docs/limits.md).
 */
export const deadLetterSourcesOf = ({ name, policy }: Deployment): Value => {
  const queues = [...policy.categories.keys()].map((category) => failureQueueArn(name, category));
  return queues.length > MAX_SOURCES
    ? { redrivePermission: 'allowAll' }
    : { redrivePermission: 'byQueue', sourceQueueArns: queues };
};
