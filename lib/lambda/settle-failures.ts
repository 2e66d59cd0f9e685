import type { Logger } from '@aws-lambda-powertools/logger';
import type { MiddlewareObj } from '@middy/core';
import { readDeployment } from '../adapters/deployment.ts';
import { readPolicy } from '../adapters/policy-file.ts';
import { PolicyError, type RetentionPolicy } from '../policy/retention-policy.ts';
import { InputError, messageOf, RefusedError } from '../purge/errors.ts';
import { mustComeBack } from './must-come-back.ts';
import { putAside } from './put-aside.ts';

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

/** The policy, unless it is what is wrong. */
const policyIfReadable = (): RetentionPolicy | undefined => {
  try {
    return readPolicy();
  } catch {
    return undefined;
  }
};

/**
 * Decides what an error means to Lambda, which retries whatever is thrown: wrong input and refusals are logged, put aside and
 * returned. Everything else is thrown on, and so is what kept a termination that is right in itself from being taken: it waits in
 * the failure queue until the deployment is mended.
 */
export const settleFailures = (logger: Logger, categoryId: string): MiddlewareObj => ({
  onError: async (request) => {
    const rejected = rejection(request.error);
    logger.error(messageOf(request.error), { error: request.error as Error });
    if (rejected === undefined || mustComeBack(request.event, request.error)) return;
    // A schedule's event is not kept: the next one says the same.
    if (!isScheduled(request.event))
      await putAside(request.event, request.error, {
        deployment: readDeployment(),
        policy: policyIfReadable(),
        categoryId,
      });
    request.response = rejected;
  },
});
