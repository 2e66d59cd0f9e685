import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { httpEvent } from '../test/support/signed-webhook.ts';
import { loadFunction } from './invoke.ts';
import { type Loopback, type LoopbackAnswer, openLoopback } from './loopback.ts';
import { lambdaContext } from './schedule.ts';

type WebhookFunction = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

const FUNCTION = 'receive-termination';

interface EndpointOptions {
  /** The port to listen on; 0 for a free one. */
  readonly port?: number;
  /** Is told of each answer. */
  readonly onAnswer?: (answer: LoopbackAnswer) => void;
}

/** Opens an HTTP server on loopback that hands each request to functions/receive-termination as an HTTP API does. */
export const openWebhookEndpoint = async (
  interrupted: AbortSignal,
  { port = 0, onAnswer = () => undefined }: EndpointOptions = {},
): Promise<Loopback> => {
  const handler = await loadFunction<WebhookFunction>(FUNCTION);
  const { url, close } = await openLoopback(async ({ method = 'GET', headers }, received) => {
    const isJson = headers['content-type'] === 'application/json';
    const event = httpEvent(received.toString(isJson ? 'utf8' : 'base64'), headers as Record<string, string>, {
      method,
      isBase64Encoded: !isJson,
    });
    const answer = await handler(event, lambdaContext(FUNCTION, interrupted));
    const { statusCode: status = 200, headers: answered, body = '' } = answer;
    const given: LoopbackAnswer = { status, headers: answered as Record<string, string>, body };
    onAnswer(given);
    return given;
  }, port);
  return { url: `${url}/terminations`, close };
};
