import { DETAIL_TYPES } from '../lib/erasure/bus-event.ts';
import type { Deployment } from './deployment.ts';
import { logicalIdOf } from './naming.ts';
import { busArn } from './purge-role.ts';
import { arnOf, ref, type Statement, sub, type Value } from './template.ts';

const WEBHOOK = 'es-retention.webhook';
const OURSELVES = 'es-retention';

/** The sources whose termination events count. */
export const sourcesOf = ({ parameters: { accountSource } }: Deployment): readonly string[] =>
  accountSource === '' ? [WEBHOOK] : [WEBHOOK, accountSource];

/** The accounts whose termination events count. */
export const accountsOf = ({ parameters: { accountSourceAccount } }: Deployment): readonly Value[] =>
  accountSourceAccount === '' ? [ref('AWS::AccountId')] : [ref('AWS::AccountId'), accountSourceAccount];

const deny = (deployment: Deployment, sid: string, condition: Value): Statement => ({
  Sid: sid,
  Effect: 'Deny',
  Principal: '*',
  Action: 'events:PutEvents',
  Resource: busArn(deployment),
  Condition: condition,
});

const onlyBy = (deployment: Deployment, sid: string, source: string, roles: readonly string[]): Statement =>
  deny(deployment, sid, {
    StringEquals: { 'events:source': source },
    ArnNotEquals: { 'aws:PrincipalArn': roles.map(arnOf) },
  });

const fromAccountSystem = (deployment: Deployment): readonly Statement[] => {
  const { accountSource, accountSourceAccount } = deployment.parameters;
  if (accountSource === '') return [];
  const terminationsOnly = deny(deployment, 'AccountSystemTerminates', {
    StringEquals: { 'events:source': accountSource },
    StringNotEquals: { 'events:detail-type': Object.values(DETAIL_TYPES) },
  });
  if (accountSourceAccount === '') return [terminationsOnly];
  const admitted: Statement = {
    Sid: 'AccountSystem',
    Effect: 'Allow',
    Principal: { AWS: sub(`arn:\${AWS::Partition}:iam::${accountSourceAccount}:root`) },
    Action: 'events:PutEvents',
    Resource: busArn(deployment),
    Condition: { StringEquals: { 'events:source': accountSource } },
  };
  return [terminationsOnly, admitted];
};

/** Who may put what on the bus. */
export const policyOfBus = (deployment: Deployment): Value => {
  const purgeRoles = [...deployment.policy.categories.keys()].map((id) => `${logicalIdOf(id)}Role`);
  return {
    Version: '2012-10-17',
    Statement: [
      deny(deployment, 'KnownSourcesOnly', {
        StringNotEquals: { 'events:source': [...sourcesOf(deployment), OURSELVES] },
      }),
      onlyBy(deployment, 'WebhookItself', WEBHOOK, ['ReceiveTerminationRole']),
      onlyBy(deployment, 'PurgeFunctionsThemselves', OURSELVES, purgeRoles),
      ...fromAccountSystem(deployment),
    ],
  };
};
