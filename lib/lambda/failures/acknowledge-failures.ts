import type { Logger } from '@aws-lambda-powertools/logger';
import type { MiddlewareObj } from '@middy/core';
import { readDeploymentSettings } from '../../adapters/environment/deployment.ts';
import { readPolicy } from '../../adapters/files/policy-file.ts';
import { openQueue } from '../../app/queues.ts';
import { messageOf } from '../../base/errors.ts';
import { eventTimeOf } from '../../erasure/intake/message-age.ts';
import { PolicyError } from '../../policy/parsing/policy-error.ts';
import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import { fateOf, isFinalError } from './event-fate.ts';
import { putAside } from './put-aside.ts';

/** The answer of a function if a retry would not help. */
export interface Rejection {
  readonly outcome: 'rejected';
  readonly code: string;
  readonly message: string;
}

const rejection = (error: unknown): Rejection | undefined =>
  isFinalError(error)
    ? {
        outcome: 'rejected',
        code: error instanceof PolicyError ? 'policy' : error.code,
        message: error.message,
      }
    : undefined;

/** The policy; undefined if it cannot be read, which may be the error itself. */
const policyIfReadable = (): RetentionPolicy | undefined => {
  try {
    return readPolicy();
  } catch {
    return undefined;
  }
};

/**
 * Decides whether Lambda retries after an error: it retries after every thrown error. Wrong input and refused events
 * are logged, put aside and returned. Every other error is thrown, even if it prevented the recording of a valid
 * termination: the termination waits in the failure queue until the deployment is repaired.
 */
export const acknowledgeFailures = (logger: Logger, categoryId: string): MiddlewareObj => ({
  onError: async (request) => {
    const rejected = rejection(request.error);
    logger.error(messageOf(request.error), { error: request.error as Error });
    const [{ event, error }, now] = [request, Date.now()];
    const fate = fateOf(event, error);
    if (rejected === undefined || fate === 'again') return;
    if (fate === 'refused')
      await putAside(
        { event, error, born: eventTimeOf(event, now) },
        { deployment: readDeploymentSettings(), policy: policyIfReadable(), categoryId },
        now,
        openQueue,
      );
    request.response = rejected;
  },
});
