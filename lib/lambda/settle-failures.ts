import type { Logger } from '@aws-lambda-powertools/logger';
import type { MiddlewareObj } from '@middy/core';
import { PolicyError } from '../policy/retention-policy.ts';
import { InputError, messageOf, RefusedError } from '../purge/errors.ts';

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

/**
 * Decides by class what an error means to Lambda, which retries whatever is thrown: wrong input and refusals are logged
 * and returned; everything else is thrown on.
 */
export const settleFailures = (logger: Logger): MiddlewareObj => ({
  onError: (request) => {
    const rejected = rejection(request.error);
    logger.error(messageOf(request.error), { error: request.error as Error });
    if (rejected !== undefined) request.response = rejected;
  },
});
