import type { Deployment } from '../deployment.ts';
import { logicalIdOf } from '../naming.ts';
import { arnHere, arnOf, type Resources, role, sub, type Value } from '../template.ts';

/** Anybody in this account to whom an administrator grants `sts:AssumeRole` on it. */
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

/**
 * The role in which a person reads the dead letters and sends them again. Nobody else may put messages into the queues.
 */
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
        // Includes queues left by an earlier stack of this name, or by a former category.
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
