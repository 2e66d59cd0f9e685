import type { Logger } from '@aws-lambda-powertools/logger';
import type { MiddlewareObj } from '@middy/core';
import { readDeployment } from '../adapters/deployment.ts';
import { sqsQueue } from '../adapters/sqs-queue.ts';
import { PolicyError } from '../policy/retention-policy.ts';
import { InputError, messageOf, RefusedError } from '../purge/errors.ts';
import { mustComeBack } from './must-come-back.ts';

/** What a function answers when retrying would help nobody. */
export interface Rejection {
  readonly outcome: 'rejected';
  readonly code: string;
  readonly message: string;
}

const rejection = (error: unknown): Rejection | undefined => {
  if (error instanceof InputError || error instanceof RefusedError)
    return { outcome: 'rejected', code: error.code, message: error.message };
  if (error instanceof PolicyError) return { outcome: 'rejected', code: 'policy', message: error.message };
  return undefined;
};

const isScheduled = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && 'detail-type' in event && event['detail-type'] === 'Scheduled Event';

/**
 * An event that was refused is not lost: it waits for a person among the dead letters, with the reason. A schedule's is not
 * put there: the next one says the same.
 */
const putAside = async (event: unknown, { code, message: reason }: Rejection): Promise<void> => {
  const { deadLetterQueueUrl, failureQueueUrl } = readDeployment();
  if (deadLetterQueueUrl === undefined || isScheduled(event)) return;
  await sqsQueue(deadLetterQueueUrl).send(JSON.stringify({ event, code, reason, failureQueueUrl }));
};

/**
 * Decides what an error means to Lambda, which retries whatever is thrown: wrong input and refusals are logged, put aside and
 * returned. Everything else is thrown on, and so is what kept a termination that is right in itself from being taken: it waits in
 * the failure queue until the deployment is mended.
 */
export const settleFailures = (logger: Logger): MiddlewareObj => ({
  onError: async (request) => {
    const rejected = rejection(request.error);
    logger.error(messageOf(request.error), { error: request.error as Error });
    if (rejected === undefined || mustComeBack(request.event, request.error)) return;
    await putAside(request.event, rejected);
    request.response = rejected;
  },
});
