import { Logger } from '@aws-lambda-powertools/logger';
import middy, { type MiddyfiedHandler } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { readDeploymentSettings } from '../../adapters/environment/deployment.ts';
import { readPolicy } from '../../adapters/files/policy-file.ts';
import { openFunctionCluster } from '../../app/open-cluster.ts';
import { InputError } from '../../base/errors.ts';
import { once } from '../../base/once.ts';
import { webhookTypeOf } from '../../erasure/intake/webhook-envelope.ts';
import { isDone, type RequestRecords, type RequestState, requestStates } from '../../erasure/requests/request-state.ts';
import { ledgerMemory } from '../../policy/ledger-memory.ts';
import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import { describeDuration } from '../../policy/time/duration.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import { againWithFreshSecrets } from '../fresh-secrets.ts';
import type { RemainingTime } from '../lambda-budget.ts';
import { publishKeyDaysLeft } from '../metrics/key-expiry.ts';
import { answerFailures, messageFor } from './answer-failures.ts';
import { problemResponse } from './problem-response.ts';
import { verifySender } from './verify-sender.ts';

const NAME = 'show-termination';

/** Milliseconds that are left for the answer after the last request to the cluster. */
const ANSWERING = 1_000;

const NOT_KNOWN = {
  tryAgain: 'The ledger does not answer now. Ask again.',
  notWorking: 'Nothing can be said. Ask again once this endpoint has been repaired.',
};

/** The records of a cluster, and how to close it. */
interface OpenRecords extends RequestRecords {
  readonly close: () => Promise<void>;
}

/** Options for tests. */
interface ShowOptions {
  readonly clock?: () => Instant;
  readonly open?: (policy: RetentionPolicy, context: RemainingTime, logger: Logger) => Promise<OpenRecords>;
}

const openRecords: NonNullable<ShowOptions['open']> = async (policy, context, logger) => {
  const cluster = await openFunctionCluster(policy, {
    remaining: () => context.getRemainingTimeInMillis() - ANSWERING,
  });
  publishKeyDaysLeft(readDeploymentSettings(), cluster, Date.now(), logger, NAME);
  return { ledger: cluster.erasure.ledger, events: cluster.erasure.events, close: () => cluster.close() };
};

/** The answer says something of a moment, to the sender alone. */
const HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' };

const iso = (instant: Instant | undefined): string | undefined =>
  instant === undefined ? undefined : isoInstant(instant);

const stateJson = ({ type, eraseFrom, eraseBy, closedAt, ...state }: RequestState) => ({
  ...state,
  type: webhookTypeOf(type),
  eraseFrom: iso(eraseFrom),
  eraseBy: iso(eraseBy),
  closedAt: iso(closedAt),
});

const shown = (requestId: string, states: readonly RequestState[]): APIGatewayProxyStructuredResultV2 => ({
  statusCode: 200,
  headers: HEADERS,
  body: JSON.stringify({ requestId, done: isDone(states), categories: states.map(stateJson) }),
});

const refused = (statusCode: number, error: InputError, field?: string): APIGatewayProxyStructuredResultV2 =>
  problemResponse(
    statusCode,
    { detail: messageFor(error), code: error.code, ...(field !== undefined && { field }) },
    { 'cache-control': HEADERS['cache-control'] },
  );

/** A signature for one id must not open another. */
const otherRequest = (): InputError =>
  new InputError('other-request', {
    expected: 'the id in the path as webhook-id too, because that is what the signature covers',
    found: 'another one',
    fix: 'Sign the id that you ask about, with the time of now and an empty body.',
  });

const unknownRequest = (policy: RetentionPolicy): InputError =>
  new InputError('unknown-request', {
    expected: `a request id that was answered with 202 and recorded, not longer ago than ${describeDuration(ledgerMemory(policy))}`,
    found: 'no record of this one',
    fix: 'Ask again in some minutes. If it stays unknown, send the message again under the same id: it counts once.',
  });

/**
 * Makes the Lambda handler that answers what became of a message of the account system, for an HTTP API (payload 2.0):
 * `GET /terminations/{requestId}`. The request is signed like a message, with the request id as `webhook-id` and an
 * empty body. Nothing is looked up before the signature is verified, so that nobody else learns whether an id exists.
 * It only reads. It never throws; {@link answerFailures} answers every error.
 */
export const showTermination = ({
  clock = Date.now,
  open = openRecords,
}: ShowOptions = {}): MiddyfiedHandler<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Error, Context> => {
  const logger = new Logger({ serviceName: NAME });
  const policy = once(() => readPolicy());
  const answered = (answer: APIGatewayProxyStructuredResultV2, code: string): APIGatewayProxyStructuredResultV2 => {
    const { statusCode } = answer;
    logger[statusCode === 200 ? 'info' : 'warn'](`${statusCode} ${code}`, { statusCode });
    return answer;
  };
  const statesOf = (requestId: string, now: Instant, context: Context) =>
    againWithFreshSecrets(logger, NAME, async () => {
      const records = await open(policy(), context, logger);
      try {
        return await requestStates(requestId, [...policy().categories.values()], records, now);
      } finally {
        await records.close();
      }
    });
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Error, Context>()
    .use(answerFailures(logger, NOT_KNOWN, () => undefined))
    .handler(async ({ headers, requestContext, pathParameters }, context) => {
      logger.resetKeys();
      if (requestContext.http.method !== 'GET') {
        const problem = { detail: 'Expected GET.', code: 'method-not-allowed' };
        return answered(problemResponse(405, problem, { allow: 'GET' }), problem.code);
      }
      const now = clock();
      const requestId = await verifySender({ headers, body: Buffer.alloc(0) }, now);
      if (pathParameters?.requestId !== requestId)
        return answered(refused(400, otherRequest(), 'webhook-id'), 'other-request');
      logger.appendKeys({ requestId });
      const states = await statesOf(requestId, now, context);
      return states === undefined
        ? answered(refused(404, unknownRequest(policy())), 'unknown-request')
        : answered(shown(requestId, states), isDone(states) ? 'done' : 'not done');
    });
};
