import { MAX_TRIES, QUEUE_RETENTION } from '../../lib/erasure/intake/message-age.ts';
import type { Deployment } from '../deployment.ts';
import { logicalIdOf } from '../naming.ts';
import { retainedFateOf } from '../retained.ts';
import { arnOf, type Resources, type Value } from '../template.ts';
import { failureQueueName } from './queue-names.ts';
import { failureQueuePolicy } from './queue-policy.ts';

const queue = (name: Value, { tags }: Deployment): Value => ({
  QueueName: name,
  SqsManagedSseEnabled: true,
  // With the default of 4 days, a termination could be lost before its deadline.
  MessageRetentionPeriod: QUEUE_RETENTION / 1_000,
  VisibilityTimeout: 900, // the maximum time of a run
  // Otherwise another queue could name this one as its dead-letter queue, and move forged messages here.
  RedriveAllowPolicy: { redrivePermission: 'denyAll' },
  // The maximum that SQS allows: a termination waits here until the deployment is repaired, and nothing is erased
  // before it is recorded.
  RedrivePolicy: { deadLetterTargetArn: arnOf('DeadLetters'), maxReceiveCount: MAX_TRIES },
  Tags: tags,
});

/**
 * The failure queue of a category's function. It gets events that could not be delivered or processed, and the next run
 * reads them. Events that keep failing go to the dead letters.
 */
export const failures = (deployment: Deployment, category: string): Resources => {
  const id = `${logicalIdOf(category)}Failures`;
  return {
    [id]: {
      Type: 'AWS::SQS::Queue',
      ...retainedFateOf(deployment),
      Properties: queue(failureQueueName(deployment.name, category), deployment),
    },
    ...failureQueuePolicy(deployment, category),
  };
};
