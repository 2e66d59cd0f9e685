import { MOST_TRIES, QUEUE_RETENTION } from '../lib/erasure/intake/message-age.ts';
import type { Deployment } from './deployment.ts';
import { logicalIdOf } from './naming.ts';
import { failureQueueName } from './queue-names.ts';
import { failureQueuePolicy } from './queue-policy.ts';
import { fateOf } from './retained.ts';
import { arnOf, type Resources, type Value } from './template.ts';

const queue = (name: Value, { tags }: Deployment): Value => ({
  QueueName: name,
  SqsManagedSseEnabled: true,
  // The default of 4 days would lose a termination before its deadline.
  MessageRetentionPeriod: QUEUE_RETENTION / 1_000,
  VisibilityTimeout: 900, // as long as a run may take
  // Another queue that named this one for its dead letters could put forged messages here.
  RedriveAllowPolicy: { redrivePermission: 'denyAll' },
  // As often as SQS allows: a termination outlives a fault of the deployment here, and nothing is erased before it is heard.
  RedrivePolicy: { deadLetterTargetArn: arnOf('DeadLetters'), maxReceiveCount: MOST_TRIES },
  Tags: tags,
});

/**
 * Where everything goes that did not get through to a category's function, or not through it: its next run takes it from
 * there. What still does not get through ends in the dead letters.
 */
export const failures = (deployment: Deployment, category: string): Resources => {
  const id = `${logicalIdOf(category)}Failures`;
  return {
    [id]: {
      Type: 'AWS::SQS::Queue',
      ...fateOf(deployment),
      Properties: queue(failureQueueName(deployment.name, category), deployment),
    },
    ...failureQueuePolicy(deployment, category),
  };
};
