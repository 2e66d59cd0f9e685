import type { Deployment } from './deployment.ts';
import { logicalIdOf } from './naming.ts';
import { arnHere, arnOf, type Resources, role, sub, type Value } from './template.ts';

/** Anybody of this account to whom an administrator gives `sts:AssumeRole` on it. */
const TRUST: Value = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { AWS: sub(`arn:\${AWS::Partition}:iam::\${AWS::AccountId}:root`) },
      Action: 'sts:AssumeRole',
    },
  ],
};

/** The role in which a person looks at the dead letters and sends them again: nobody else may put messages into the queues. */
export const redriveRole = ({ name, policy, tags }: Deployment): Resources => ({
  RedriveRole: role(
    TRUST,
    'redrive',
    [
      {
        Sid: 'TakeDeadLetters',
        Effect: 'Allow',
        Action: [
          'sqs:ReceiveMessage',
          'sqs:DeleteMessage',
          'sqs:ChangeMessageVisibility',
          'sqs:GetQueueAttributes',
          'sqs:GetQueueUrl',
        ],
        // Those that an earlier stack of this name, or a former category, left behind too.
        Resource: [arnOf('DeadLetters'), arnHere('sqs', `${name}-*`)],
      },
      {
        Sid: 'SendThemAgain',
        Effect: 'Allow',
        Action: ['sqs:GetQueueUrl', 'sqs:SendMessage'],
        Resource: [...policy.categories.keys()].map((category) => arnOf(`${logicalIdOf(category)}Failures`)),
      },
    ],
    tags,
  ),
});
