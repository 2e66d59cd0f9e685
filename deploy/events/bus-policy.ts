import { SENDERS } from '../../lib/erasure/events/bus-sources.ts';
import { DETAIL_TYPES } from '../../lib/erasure/intake/bus-event.ts';
import type { Deployment } from '../deployment.ts';
import { busArn } from '../functions/purge-role.ts';
import { logicalIdOf } from '../naming.ts';
import { arnOf, type IamStatement, ref, sub, type Value } from '../template.ts';

/** The sources that may send account events. */
export const sourcesOf = ({ parameters: { accountSource } }: Deployment): readonly string[] =>
  accountSource === '' ? [SENDERS.webhook] : [SENDERS.webhook, accountSource];

/** The accounts that may send account events. */
export const accountsOf = ({ parameters: { accountSourceAccount } }: Deployment): readonly Value[] =>
  accountSourceAccount === '' ? [ref('AWS::AccountId')] : [ref('AWS::AccountId'), accountSourceAccount];

const deny = (deployment: Deployment, sid: string, condition: Value): IamStatement => ({
  Sid: sid,
  Effect: 'Deny',
  Principal: '*',
  Action: 'events:PutEvents',
  Resource: busArn(deployment),
  Condition: condition,
});

/**
 * Denies a request if any of its events has a forged source: AWS evaluates the sources of all its events together.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
 */
const onlyBy = (deployment: Deployment, sid: string, source: string, principals: readonly Value[]): IamStatement =>
  deny(deployment, sid, {
    'ForAnyValue:StringLike': { 'events:source': source },
    ArnNotEquals: { 'aws:PrincipalArn': principals },
  });

const admission = (deployment: Deployment): IamStatement => {
  const { accountSource, accountSourceAccount, accountSourcePrincipal } = deployment.parameters;
  return {
    Sid: 'AccountSystem',
    Effect: 'Allow',
    Principal: { AWS: sub(`arn:\${AWS::Partition}:iam::${accountSourceAccount}:root`) },
    Action: 'events:PutEvents',
    Resource: busArn(deployment),
    Condition: {
      'ForAllValues:StringEquals': { 'events:source': accountSource },
      // Without this, ForAllValues would allow a request without a source.
      Null: { 'events:source': 'false' },
      ArnEquals: { 'aws:PrincipalArn': accountSourcePrincipal },
    },
  };
};

const fromAccountSystem = (deployment: Deployment): readonly IamStatement[] => {
  const { accountSource, accountSourceAccount, accountSourcePrincipal } = deployment.parameters;
  if (accountSource === '') return [];
  return [
    onlyBy(deployment, 'AccountSystemItself', accountSource, [accountSourcePrincipal]),
    deny(deployment, 'AccountSystemTerminates', {
      'ForAnyValue:StringEquals': { 'events:source': accountSource },
      'ForAnyValue:StringNotEquals': { 'events:detail-type': Object.values(DETAIL_TYPES) },
    }),
    ...(accountSourceAccount === '' ? [] : [admission(deployment)]),
  ];
};

/** The policy of the bus: who may send which events. The role of each purge function limits it to its own category. */
export const policyOfBus = (deployment: Deployment): Value => {
  const categories = [...deployment.policy.categories.keys()];
  const known = [...sourcesOf(deployment), SENDERS.audit, ...categories.map(SENDERS.purge)];
  const purgeRoles = categories.map((id) => arnOf(`${logicalIdOf(id)}Role`));
  return {
    Version: '2012-10-17',
    Statement: [
      deny(deployment, 'KnownSourcesOnly', { 'ForAnyValue:StringNotEquals': { 'events:source': known } }),
      deny(deployment, 'NoneWithoutSource', { Null: { 'events:source': 'true' } }),
      onlyBy(deployment, 'WebhookItself', SENDERS.webhook, [arnOf('ReceiveTerminationRole')]),
      onlyBy(deployment, 'AuditItself', SENDERS.audit, [arnOf('AuditRetentionRole')]),
      onlyBy(deployment, 'PurgeFunctionsThemselves', SENDERS.purge('*'), purgeRoles),
      ...fromAccountSystem(deployment),
    ],
  };
};
