import { Logger } from '@aws-lambda-powertools/logger';
import middy, { type MiddyfiedHandler } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { readEventBus, readWebhookSecrets } from '../adapters/configuration.ts';
import { eventBridgePublisher } from '../adapters/event-bridge.ts';
import { verifySignature } from '../adapters/webhook-signature.ts';
import { entryOf } from '../erasure/bus-event.ts';
import type { EventPublisher } from '../erasure/event-publisher.ts';
import { terminationFromWebhook } from '../erasure/webhook-body.ts';
import { DAY } from '../policy/duration.ts';
import type { Instant } from '../policy/instant.ts';
import { answerFailures } from './answer-failures.ts';
import { problem } from './problem.ts';

type Answer = APIGatewayProxyStructuredResultV2;

/** Who publishes; the rules of the category functions go by it. */
const SOURCE = 'es-retention.webhook';
const LARGEST_BODY = 64 * 1024;
/** How long the ledger remembers, until the policy says so. */
const DEFAULT_LEDGER_MEMORY = 45 * DAY;

/** What tests and the policy decide. */
interface WebhookOptions {
  /** How long the ledger remembers, in milliseconds: older terminations are refused. */
  readonly memory?: number;
  readonly clock?: () => Instant;
}

/** HTTP API hands over all but text and plain JSON in base64. What was signed are the bytes. */
const bodyOf = ({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): Buffer =>
  Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');

const refusalOf = (method: string, body: Buffer): Answer | undefined => {
  if (method !== 'POST') return problem(405, { detail: 'Expected POST.' }, { allow: 'POST' });
  if (body.length > LARGEST_BODY) return problem(413, { detail: `Expected at most ${LARGEST_BODY} bytes.` });
  return undefined;
};

const accepted = (requestId: string): Answer => ({
  statusCode: 202,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ requestId }),
});

/** One client for all requests, made by the first of them: a faulty configuration is answered, not thrown at start. */
const publisherOnce = (): (() => EventPublisher) => {
  let publisher: EventPublisher | undefined;
  return () => {
    publisher ??= eventBridgePublisher(readEventBus());
    return publisher;
  };
};

/**
 * The Lambda handler behind the account system's webhook, for an HTTP API (payload 2.0) or a function URL: checks who
 * sent it, reads it, publishes it, and answers 202 with the id by which the request is known from then on. It keeps
 * nothing: a message sent twice is published twice, and the ledger makes one of it. It never throws; whatever fails
 * is answered by {@link answerFailures}.
 */
export const terminationWebhook = ({
  memory = DEFAULT_LEDGER_MEMORY,
  clock = Date.now,
}: WebhookOptions = {}): MiddyfiedHandler<APIGatewayProxyEventV2, Answer, Error, Context> => {
  const logger = new Logger({ serviceName: 'receive-termination' });
  const publisher = publisherOnce();
  return middy<APIGatewayProxyEventV2, Answer, Error, Context>()
    .use(answerFailures(logger))
    .handler(async (event) => {
      logger.resetKeys();
      const body = bodyOf(event);
      const refusal = refusalOf(event.requestContext.http.method, body);
      if (refusal !== undefined) {
        logger.warn(`${refusal.statusCode}`, { statusCode: refusal.statusCode });
        return refusal;
      }
      const now = clock();
      const requestId = verifySignature({ headers: event.headers, body }, readWebhookSecrets(), now);
      logger.appendKeys({ requestId });
      const termination = terminationFromWebhook(requestId, body, { now, memory });
      await publisher().publish({ ...entryOf(termination), source: SOURCE });
      logger.info('202 published', { statusCode: 202 });
      return accepted(requestId);
    });
};
