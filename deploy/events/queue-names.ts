import { functionOf } from '../naming.ts';
import type { Value } from '../template.ts';

/**
 * The beginning of the stack's own id. A stack that was removed and deployed again has another id, so its queues do not
 * collide with retained queues of the same name.
 */
const STACK: Value = {
  'Fn::Select': [0, { 'Fn::Split': ['-', { 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] }] }],
};

const ofStack = (name: string): Value => ({ 'Fn::Sub': [`${name}-\${Stack}`, { Stack: STACK }] });

/** `es-retention-prod-purge-uins-failures-0a1b2c3d` */
export const failureQueueName = (deployment: string, category: string): Value =>
  ofStack(`${deployment}-${functionOf(category)}-failures`);

/** `es-retention-prod-dead-letters-0a1b2c3d` */
export const deadLetterQueueName = (deployment: string): Value => ofStack(`${deployment}-dead-letters`);

/** The ARN of a failure queue by its name: `Fn::GetAtt` would be circular, because the queues name each other. */
export const failureQueueArn = (deployment: string, category: string): Value =>
  ofStack(
    `arn:\${AWS::Partition}:sqs:\${AWS::Region}:\${AWS::AccountId}:${deployment}-${functionOf(category)}-failures`,
  );
