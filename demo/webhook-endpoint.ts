import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { httpEvent } from '../test/support/signed-webhook.ts';
import { loadFunction } from './invoke.ts';
import { type Loopback, openLoopback } from './loopback.ts';
import { lambdaContext } from './schedule.ts';

type WebhookFunction = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

const FUNCTION = 'receive-termination';

/** Opens an HTTP server on loopback that hands each request to functions/receive-termination as an HTTP API does. */
export const openWebhookEndpoint = async (interrupted: AbortSignal): Promise<Loopback> => {
  const handler = await loadFunction<WebhookFunction>(FUNCTION);
  const { url, close } = await openLoopback(async ({ method = 'GET', headers }, received) => {
    const isJson = headers['content-type'] === 'application/json';
    const event = httpEvent(received.toString(isJson ? 'utf8' : 'base64'), headers as Record<string, string>, {
      method,
      isBase64Encoded: !isJson,
    });
    const answer = await handler(event, lambdaContext(FUNCTION, interrupted));
    const { statusCode: status = 200, headers: answered, body = '' } = answer;
    return { status, headers: answered as Record<string, string>, body };
  });
  return { url: `${url}/terminations`, close };
};
