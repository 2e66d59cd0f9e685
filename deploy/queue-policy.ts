import type { Deployment } from './deployment.ts';
import { functionOf, logicalIdOf } from './naming.ts';
import { failureQueueArn } from './queue-names.ts';
import { fateOf } from './retained.ts';
import { arnHere, arnOf, type Resources, ref, type Statement, type Value } from './template.ts';

/** What the ARNs of the rules that call a category's function start with: osls numbers them. */
const rulesOf = ({ name }: Deployment, category: string): Value =>
  arnHere('events', `rule/${name}/${name}-${functionOf(category)}-rule-*`);

/**
 * Within an account an identity's own policy would be enough to put a forged message into a queue: so everybody is refused but those
 * who have something to put there.
 * @param roles who may, by their role; @param rules and those rules, which EventBridge puts what it could not deliver for.
 */
const policyOf = (deployment: Deployment, id: string, roles: readonly string[], rules?: Value): Resources[string] => ({
  Type: 'AWS::SQS::QueuePolicy',
  ...fateOf(deployment),
  Properties: {
    Queues: [ref(id)],
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [...(rules === undefined ? [] : [fromRules(id, rules)]), onlyFrom(id, roles, rules), overTlsOnly(id)],
    },
  },
});

const fromRules = (id: string, rules: Value): Statement => ({
  Sid: 'ItsOwnRules',
  Effect: 'Allow',
  Principal: { Service: 'events.amazonaws.com' },
  Action: 'sqs:SendMessage',
  Resource: arnOf(id),
  Condition: { ArnLike: { 'aws:SourceArn': rules } },
});

const onlyFrom = (id: string, roles: readonly string[], rules?: Value): Statement => ({
  Sid: 'NobodyElse',
  Effect: 'Deny',
  Principal: '*',
  Action: 'sqs:SendMessage',
  Resource: arnOf(id),
  // Both have to be true; where a request has no such key, they are.
  Condition: {
    ArnNotEquals: { 'aws:PrincipalArn': roles.map(arnOf) },
    ...(rules !== undefined && { ArnNotLike: { 'aws:SourceArn': rules } }),
  },
});

/** Messages name accounts: nobody sends or reads one over plain http. */
const overTlsOnly = (id: string): Statement => ({
  Sid: 'OverTlsOnly',
  Effect: 'Deny',
  Principal: '*',
  Action: 'sqs:*',
  Resource: arnOf(id),
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
});

/**
 * Who may put messages into a category's failure queue: its rules, its schedule and its function by their roles (Scheduler and Lambda
 * go by these), and a person who redrives.
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

/** Who may put messages among the dead letters: the functions. What SQS itself moves there asks for no permission. */
export const deadLetterQueuePolicy = (deployment: Deployment): Resources => ({
  DeadLettersPolicy: policyOf(
    deployment,
    'DeadLetters',
    [...deployment.policy.categories.keys()].map((category) => `${logicalIdOf(category)}Role`),
  ),
});

/** SQS takes so many names of queues that may give up to another. */
const MOST_SOURCES = 10;

/**
 * Which queues may give messages up to the dead letters: our own. Where there are more than SQS lets us name, any (docs/limits.md).
 */
export const deadLetterSourcesOf = ({ name, policy }: Deployment): Value => {
  const queues = [...policy.categories.keys()].map((category) => failureQueueArn(name, category));
  return queues.length > MOST_SOURCES
    ? { redrivePermission: 'allowAll' }
    : { redrivePermission: 'byQueue', sourceQueueArns: queues };
};
