import type { Logger } from '@aws-lambda-powertools/logger';
import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { SignatureError } from '../../adapters/crypto/webhook-signature.ts';
import { type InputError, messageOf, RetentionError, TransientError } from '../../base/errors.ts';
import { AccountEventError } from '../../erasure/events/account-event-error.ts';
import { problemResponse } from './problem-response.ts';

const RETRY_AFTER_SECONDS = '60';

const UNAUTHORIZED =
  'Expected the headers webhook-id, webhook-timestamp (within five minutes) and webhook-signature of Standard Webhooks 1.0, made with the secret of this endpoint over exactly this body (for a GET, an empty one).';

/** What was expected and found, and what to do, in one line. */
export const messageFor = ({ explanation: { expected, found, fix } }: InputError): string =>
  `Expected ${expected}; found ${found}. ${fix}`;

/** The answer does not say why a signature is wrong. It does say if a clock is wrong. */
const unauthorized = (error: SignatureError): APIGatewayProxyStructuredResultV2 =>
  problemResponse(401, {
    detail: error.code === 'stale-timestamp' ? messageFor(error) : UNAUTHORIZED,
    code: error.code,
  });

/** What a sender is told if we fail: temporarily, or until somebody repairs the endpoint. */
interface FailureWords {
  readonly tryAgain: string;
  readonly notWorking: string;
}

/** Internal errors are not explained to the outside. The log contains the reason. */
const failureOf = (error: unknown, { tryAgain, notWorking }: FailureWords): APIGatewayProxyStructuredResultV2 => {
  if (error instanceof SignatureError) return unauthorized(error);
  if (error instanceof AccountEventError)
    return problemResponse(400, { detail: messageFor(error), code: error.code, field: error.field });
  if (error instanceof TransientError)
    return problemResponse(503, { detail: tryAgain, code: 'try-again' }, { 'retry-after': RETRY_AFTER_SECONDS });
  return problemResponse(500, { detail: notWorking, code: 'not-working' });
};

const logFailure = (logger: Logger, error: unknown, { statusCode }: APIGatewayProxyStructuredResultV2): void => {
  const isKnown = error instanceof RetentionError;
  const code = isKnown ? error.code : 'unknown';
  // Requests from strangers are warnings. A signed message that we could not accept needs a person.
  const level = statusCode === 401 ? 'warn' : 'error';
  logger[level](`${statusCode} ${code}: ${messageOf(error)}`, {
    statusCode,
    code,
    ...(isKnown ? {} : { error: error as Error }),
  });
};

/**
 * Turns an error of the webhook's handler into an answer that tells the sender whether to try again, and logs it.
 * @param words for failures of our own.
 * @param onRejection called for each signed message that cannot be accepted.
 */
export const answerFailures = (
  logger: Logger,
  words: FailureWords,
  onRejection: () => void,
): MiddlewareObj<unknown, APIGatewayProxyStructuredResultV2> => ({
  onError: (request) => {
    const answer = failureOf(request.error, words);
    logFailure(logger, request.error, answer);
    if (request.error instanceof AccountEventError) onRejection();
    request.response = answer;
  },
});
