import type { Logger } from '@aws-lambda-powertools/logger';
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { SignatureError } from '../adapters/webhook-signature.ts';
import { TerminationError } from '../erasure/termination-error.ts';
import { messageOf, RetentionError, WorldError } from '../purge/errors.ts';
import { problem } from './problem.ts';

type Answer = APIGatewayProxyStructuredResultV2;

const RETRY_AFTER_SECONDS = '60';

/** One text for all three, so that nobody learns from it how near he came. */
const UNAUTHORIZED =
  'Expected the headers webhook-id, webhook-timestamp (within five minutes) and webhook-signature of Standard Webhooks 1.0, made with the secret of this endpoint over exactly this body.';

const failureOf = (error: unknown): Answer => {
  if (error instanceof SignatureError) return problem(401, { detail: UNAUTHORIZED });
  if (error instanceof TerminationError) {
    const { expected, found, wayOut } = error.explanation;
    return problem(400, {
      detail: `Expected ${expected}; found ${found}. ${wayOut}`,
      code: error.code,
      field: error.field,
    });
  }
  if (error instanceof WorldError)
    return problem(503, { detail: 'Not recorded. Send it again.' }, { 'retry-after': RETRY_AFTER_SECONDS });
  return problem(500, { detail: 'Not recorded. Send it again once this endpoint has been repaired.' });
};

const logFailure = (logger: Logger, error: unknown, { statusCode }: Answer): void => {
  const isKnown = error instanceof RetentionError;
  const code = isKnown ? error.code : 'unknown';
  // What strangers send is a warning. What the sender signed and we could not take waits for a person.
  const level = statusCode === 401 ? 'warn' : 'error';
  logger[level](`${statusCode} ${code}: ${messageOf(error)}`, {
    statusCode,
    code,
    ...(isKnown ? {} : { error: error as Error }),
  });
};

/** Turns what a webhook's handler throws into the answer that tells its sender whether to try again, and logs it. */
export const answerFailures = (logger: Logger): MiddlewareObj<unknown, Answer> => ({
  onError: (request) => {
    const answer = failureOf(request.error);
    logFailure(logger, request.error, answer);
    request.response = answer;
  },
});
