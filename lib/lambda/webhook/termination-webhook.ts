import { Logger } from '@aws-lambda-powertools/logger';
import middy, { type MiddyfiedHandler } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { readDeploymentSettings } from '../../adapters/environment/deployment.ts';
import { readPolicy } from '../../adapters/files/policy-file.ts';
import { openBus } from '../../app/function-services.ts';
import { once } from '../../base/once.ts';
import { dropForbiddenImmediate } from '../../erasure/events/account-event.ts';
import { assertTellsApplications } from '../../erasure/events/application-check.ts';
import { SENDERS } from '../../erasure/events/bus-sources.ts';
import { busEntryOf } from '../../erasure/intake/bus-event.ts';
import { eventFromWebhook } from '../../erasure/intake/webhook-body.ts';
import { ledgerMemory } from '../../policy/ledger-memory.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { countRejection } from '../metrics/webhook-metrics.ts';
import { answerFailures } from './answer-failures.ts';
import { problemResponse } from './problem-response.ts';
import { verifySender } from './verify-sender.ts';

const LARGEST_BODY = 64 * 1024;
/**
 * Milliseconds for each of three attempts to publish. Together with fetching secrets, they end before the function's
 * ten seconds.
 */
const PUBLISHING_TIMEOUT = 1_400;

const NOT_RECORDED = {
  tryAgain: 'Not recorded. Send it again.',
  notWorking: 'Not recorded. Send it again once this endpoint has been repaired.',
};

/** Options for tests. */
interface WebhookOptions {
  readonly clock?: () => Instant;
}

/** HTTP API passes everything except text and plain JSON in base64. The signature is over the bytes. */
const bodyOf = ({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): Buffer =>
  Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');

const rejectionOf = (method: string, body: Buffer): APIGatewayProxyStructuredResultV2 | undefined => {
  if (method !== 'POST')
    return problemResponse(405, { detail: 'Expected POST.', code: 'method-not-allowed' }, { allow: 'POST' });
  if (body.length > LARGEST_BODY)
    return problemResponse(413, { detail: `Expected at most ${LARGEST_BODY} bytes.`, code: 'body-too-large' });
  return undefined;
};

/** @param immediate whether the cancel window is skipped. Set only if the sender asked for that. */
const accepted = (requestId: string, immediate?: boolean): APIGatewayProxyStructuredResultV2 => ({
  statusCode: 202,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ requestId, immediate }),
});

/**
 * Makes the Lambda handler behind the account system's webhook, for an HTTP API (payload 2.0) or a function URL. It
 * verifies the sender, reads the message, publishes it, and answers 202 with the request id (a ping is only answered).
 * It stores nothing: a repeated message is published again, and the ledger records it once. It never throws; {@link
 * answerFailures} answers every error.
 */
export const terminationWebhook = ({
  clock = Date.now,
}: WebhookOptions = {}): MiddyfiedHandler<
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Error,
  Context
> => {
  const logger = new Logger({ serviceName: 'receive-termination' });
  // Opened with the first request, so that a configuration error is answered instead of thrown at start.
  const publisher = once(() => openBus(PUBLISHING_TIMEOUT));
  // The policy in the function's zip decides which CloudEvents and which old messages are refused.
  const policy = once(() => readPolicy());
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Error, Context>()
    .use(answerFailures(logger, NOT_RECORDED, () => countRejection(readDeploymentSettings())))
    .handler(async (event) => {
      logger.resetKeys();
      const body = bodyOf(event);
      const rejection = rejectionOf(event.requestContext.http.method, body);
      if (rejection !== undefined) {
        logger.warn(`${rejection.statusCode}`, { statusCode: rejection.statusCode });
        return rejection;
      }
      const now = clock();
      const requestId = await verifySender({ headers: event.headers, body }, now);
      logger.appendKeys({ requestId });
      const {
        webhook: { cloudEvents },
        terminations,
      } = policy();
      const bounds = { now, memory: ledgerMemory(policy()) };
      const asked = eventFromWebhook(requestId, body, { bounds, cloudEvents });
      if (asked === undefined) {
        logger.info('202 ping', { statusCode: 202 });
        return accepted(requestId);
      }
      assertTellsApplications(asked, policy(), 'data.sdkAppId');
      const termination = dropForbiddenImmediate(asked, terminations);
      await publisher().publish({ ...busEntryOf(termination), source: SENDERS.webhook });
      const immediate = asked.immediate ? termination.immediate : undefined;
      logger.info('202 published', { statusCode: 202, immediate });
      return accepted(requestId, immediate);
    });
};
