import type { Deployment } from './deployment.ts';
import { functionStatements } from './function-statements.ts';
import { functionOf, logicalIdOf } from './naming.ts';
import { arnHere, arnOf, assumedBy, type Resources, role, type Statement, sub } from './template.ts';

/** What a purge function may do in AWS. What it may do in Elasticsearch, its API key says. */
const statementsOf = (deployment: Deployment, category: string): readonly Statement[] => {
  const failures = arnOf(`${logicalIdOf(category)}Failures`);
  return [
    ...functionStatements(deployment, functionOf(category), [`elasticsearch/${functionOf(category)}`, 'keys']),
    { Sid: 'Publish', Effect: 'Allow', Action: 'events:PutEvents', Resource: busArn(deployment) },
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
    { Sid: 'Archive', Effect: 'Allow', Action: 's3:PutObject', Resource: sub(`\${Archive.Arn}/${category}/*`) },
    {
      // Ids only: whether the event log knows them all. It reads no copy.
      Sid: 'ListItsArchive',
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: arnOf('Archive'),
      Condition: { StringLike: { 's3:prefix': `${category}/*` } },
    },
    ...(deployment.parameters.vpcSubnetIds === '' ? [] : [IN_A_VPC]),
  ];
};

/** By its name, since the bus's policy names the roles: each by `Fn::GetAtt` would be a circle. */
export const busArn = ({ name }: Deployment) => arnHere('events', `event-bus/${name}`);

/** Network interfaces have no name before they are there: "*" is all one can say. */
const IN_A_VPC: Statement = {
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
export const purgeRole = (deployment: Deployment, category: string): Resources => ({
  [`${logicalIdOf(category)}Role`]: role(
    assumedBy('lambda'),
    functionOf(category),
    statementsOf(deployment, category),
    deployment.tags,
  ),
});
