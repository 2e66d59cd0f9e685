import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Webhook } from 'standardwebhooks';

/** Invented secrets. The first is from the specification's own tests. */
export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
export const OTHER_SECRET = 'whsec_C8b9J3tQvUe1yZ5lXo0mN2aR4kP6sT7wD9fH1gK3jLY=';

export const MESSAGE_ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';

interface Signing {
  readonly secret?: string;
  readonly id?: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The three headers as the reference implementation signs them. Our verification is tested with them. */
export const signedHeaders = (
  body: string,
  { secret = SECRET, id = MESSAGE_ID, at }: Signing,
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> => ({
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(at / 1000)),
  'webhook-signature': new Webhook(secret).sign(id, new Date(at), body),
});

/**
 * A request as an HTTP API or a function URL passes it on (payload 2.0).
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export const httpEvent = (
  body: string,
  headers: Record<string, string>,
  changes: Partial<APIGatewayProxyEventV2> & { readonly method?: string } = {},
): APIGatewayProxyEventV2 => {
  const { method = 'POST', ...rest } = changes;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: '/terminations',
    rawQueryString: '',
    headers: { 'content-type': 'application/json', ...headers },
    requestContext: {
      accountId: 'anonymous',
      apiId: 'a1b2c3',
      domainName: 'a1b2c3.lambda-url.eu-west-1.on.aws',
      domainPrefix: 'a1b2c3',
      http: { method, path: '/terminations', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'sender/1' },
      requestId: '7f0c',
      routeKey: '$default',
      stage: '$default',
      time: '24/Nov/2026:09:00:00 +0000',
      timeEpoch: 1795510800000,
    },
    body,
    isBase64Encoded: false,
    ...rest,
  };
};
