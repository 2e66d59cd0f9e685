import { ANNOUNCEMENTS, PURGE_UNFINISHED, SENDERS } from '../lib/erasure/intake/bus-sources.ts';
import type { Category } from '../lib/policy/retention-policy.ts';
import type { Deployment } from './deployment.ts';
import { functionStatements } from './function-statements.ts';
import { functionOf, logicalIdOf } from './naming.ts';
import { secretsOf } from './purge-environment.ts';
import { arnHere, arnOf, assumedBy, type Resources, role, type Statement, sub } from './template.ts';

/** What a purge function may do in AWS. What it may do in Elasticsearch, its API key says. */
const statementsOf = (deployment: Deployment, category: Category): readonly Statement[] => {
  const failures = arnOf(`${logicalIdOf(category.id)}Failures`);
  return [
    ...functionStatements(deployment, functionOf(category.id), Object.values(secretsOf(deployment, category))),
    publish(deployment, SENDERS.purge(category.id), [
      PURGE_UNFINISHED,
      ...(category.rules.termination === undefined ? [] : Object.values(ANNOUNCEMENTS)),
    ]),
    {
      Sid: 'DrainItsFailures',
      Effect: 'Allow',
      Action: [
        'sqs:SendMessage', // Lambda does, in the function's name
        'sqs:ReceiveMessage',
        'sqs:DeleteMessage',
        'sqs:ChangeMessageVisibility',
        'sqs:GetQueueAttributes',
      ],
      Resource: failures,
    },
    { Sid: 'GiveUp', Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arnOf('DeadLetters') },
    ...(category.rules.termination === undefined ? [] : archiveOf(category.id)),
    ...(deployment.parameters.vpcSubnetIds === '' ? [] : [IN_A_VPC]),
  ];
};

/** Copies are put, never read. */
const archiveOf = (category: string): readonly Statement[] => [
  { Sid: 'Archive', Effect: 'Allow', Action: 's3:PutObject', Resource: sub(`\${Archive.Arn}/${category}/*`) },
  {
    // Ids only: whether the event log knows them all.
    Sid: 'ListItsArchive',
    Effect: 'Allow',
    Action: 's3:ListBucket',
    Resource: arnOf('Archive'),
    Condition: { StringLike: { 's3:prefix': `${category}/*` } },
  },
];

/** By its name, since the bus's policy names the roles: each by `Fn::GetAtt` would be a circle. */
export const busArn = ({ name }: Deployment) => arnHere('events', `event-bus/${name}`);

/**
 * To put events of these kinds on the bus, in its own name and no other: all of a request, whether AWS hands its sources over one by
 * one or together.
 */
export const publish = (deployment: Deployment, source: string, detailTypes: readonly string[]): Statement => ({
  Sid: 'Publish',
  Effect: 'Allow',
  Action: 'events:PutEvents',
  Resource: busArn(deployment),
  Condition: {
    'ForAllValues:StringEquals': { 'events:source': source, 'events:detail-type': detailTypes },
    // Without it, ForAllValues would allow a request that says neither.
    Null: { 'events:source': 'false', 'events:detail-type': 'false' },
  },
});

/** Network interfaces have no name before they are there: "*" is all one can say. */
export const IN_A_VPC: Statement = {
  Sid: 'JoinTheVpc',
  Effect: 'Allow',
  Action: [
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
  Resource: '*',
};

/** The role of a category's function. */
export const purgeRole = (deployment: Deployment, category: Category): Resources => ({
  [`${logicalIdOf(category.id)}Role`]: role(
    assumedBy('lambda'),
    functionOf(category.id),
    statementsOf(deployment, category),
    deployment.tags,
  ),
});
