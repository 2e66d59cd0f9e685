import type { ArchiveKind } from '../../lib/erasure/archive/archive.ts';
import { PUBLISHED_EVENTS, PURGE_UNFINISHED, SENDERS } from '../../lib/erasure/events/bus-sources.ts';
import type { Category } from '../../lib/policy/retention-policy.ts';
import type { Deployment } from '../deployment.ts';
import { functionOf, logicalIdOf } from '../naming.ts';
import { arnHere, arnOf, assumedBy, type IamStatement, type Resources, role, sub } from '../template.ts';
import { functionStatements } from './function-statements.ts';
import { secretsOf } from './purge-environment.ts';

/** The permissions of a purge function in AWS. Its API key defines the permissions in Elasticsearch. */
const statementsOf = (deployment: Deployment, category: Category): readonly IamStatement[] => {
  const failures = arnOf(`${logicalIdOf(category.id)}Failures`);
  return [
    ...functionStatements(deployment, functionOf(category.id), Object.values(secretsOf(deployment, category))),
    publish(deployment, SENDERS.purge(category.id), [
      PURGE_UNFINISHED,
      ...(category.rules.termination === undefined ? [] : Object.values(PUBLISHED_EVENTS)),
    ]),
    {
      Sid: 'DrainItsFailures',
      Effect: 'Allow',
      Action: [
        'sqs:SendMessage', // Lambda sends it in the name of the function
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

/**
 * The copies of a run. The statements of the audit are not among them, because a run must not write the statements
 * about itself.
 */
const COPIES_OF_RUNS = ['events', 'entries', 'receipts', 'manifests'] as const satisfies readonly ArchiveKind[];

/** Copies are written, never read. */
const archiveOf = (category: string): readonly IamStatement[] => [
  {
    Sid: 'Archive',
    Effect: 'Allow',
    Action: 's3:PutObject',
    Resource: COPIES_OF_RUNS.map((kind) => sub(`\${Archive.Arn}/${category}/${kind}/*`)),
  },
  {
    // Lists ids only, to compare them with the event log.
    Sid: 'ListItsArchive',
    Effect: 'Allow',
    Action: 's3:ListBucket',
    Resource: arnOf('Archive'),
    Condition: { StringLike: { 's3:prefix': `${category}/*` } },
  },
];

/** Uses the name, because the bus's policy names the roles: `Fn::GetAtt` in both would be circular. */
export const busArn = ({ name }: Deployment) => arnHere('events', `event-bus/${name}`);

/**
 * The permission to put events of these types on the bus, with its own source only. It applies to every event of a
 * request, whether AWS evaluates them separately or together.
 */
export const publish = (deployment: Deployment, source: string, detailTypes: readonly string[]): IamStatement => ({
  Sid: 'Publish',
  Effect: 'Allow',
  Action: 'events:PutEvents',
  Resource: busArn(deployment),
  Condition: {
    'ForAllValues:StringEquals': { 'events:source': source, 'events:detail-type': detailTypes },
    // Without this, ForAllValues would allow a request without source and type.
    Null: { 'events:source': 'false', 'events:detail-type': 'false' },
  },
});

/** Network interfaces have no name before they exist, so only "*" is possible. */
export const IN_A_VPC: IamStatement = {
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
