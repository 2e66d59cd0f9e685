import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { parse } from 'yaml';
import { terminationWebhook } from '../../../lib/lambda/webhook/termination-webhook.ts';
import { httpEvent, SECRET, signedHeaders } from '../../support/erasure/signed-webhook.ts';

const listening = async (listener: RequestListener): Promise<string> => {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

afterEach(() => vi.unstubAllEnvs());

test('the webhook answers before its function times out, even if the bus never answers', async () => {
  let asked = 0;
  // The first answer with the secret never comes; the bus never answers at all.
  const secrets = await listening((_, response) => {
    asked += 1;
    if (asked > 1) response.end(JSON.stringify({ SecretString: SECRET }));
  });
  const bus = await listening(() => undefined);
  for (const [name, value] of Object.entries({
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'nobody',
    AWS_SECRET_ACCESS_KEY: 'nothing',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets,
    AWS_ENDPOINT_URL_EVENTBRIDGE: bus,
    EVENT_BUS_NAME: 'retention',
    WEBHOOK_SECRETS: '',
    WEBHOOK_SECRETS_SECRET: 'es-retention/slow/webhook',
  }))
    vi.stubEnv(name, value);
  vi.spyOn(console, 'error').mockReturnValue();
  const { timeout } = parse(readFileSync('serverless.yml', 'utf8'), { logLevel: 'silent' }).functions[
    'receive-termination'
  ];
  const body = JSON.stringify({
    type: 'account.deleted',
    timestamp: new Date().toISOString(),
    data: { uin: '100004711' },
  });
  const before = Date.now();
  const event = httpEvent(body, signedHeaders(body, { at: Date.now() }));
  const answer: APIGatewayProxyStructuredResultV2 = await terminationWebhook()(event, {} as Context);
  expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '60' } });
  expect(asked).toBe(2);
  expect(Date.now() - before).toBeLessThan(1_000 * timeout - 500);
}, 30_000);
