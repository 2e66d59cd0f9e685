import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { EventBridgeClient, EventBridgeServiceException, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { type AwsClientStub, mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { eventBridgePublisher } from '../../../../lib/adapters/aws/event-bridge.ts';
import { TransientError } from '../../../../lib/base/errors.ts';

const EVENT = {
  detailType: 'Account Deleted',
  detail: { requestId: 'msg_1', uin: '100001', at: '2026-11-24T09:00:00.000Z' },
  source: 'es-retention.webhook',
};

const publish = (requestTimeout?: number) => eventBridgePublisher('retention', requestTimeout).publish(EVENT);

const refusal = async (requestTimeout?: number) => {
  const error: unknown = await publish(requestTimeout).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TransientError);
  expect(error).toMatchObject({ code: 'bus-refused' });
  return error as TransientError;
};

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'nobody');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'nothing');
});
afterEach(() => vi.unstubAllEnvs());

// EventBridge itself cannot run here: the client is the real one, its sending is not.
describe('publishing on the bus', () => {
  let bus: AwsClientStub<EventBridgeClient>;
  beforeEach(() => {
    bus = mockClient(EventBridgeClient);
  });
  afterEach(() => bus.restore());

  test('sends one entry, with its detail as JSON', async () => {
    bus.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: 'e-1' }] });
    await publish();
    expect(bus.commandCalls(PutEventsCommand).map(({ args }) => args[0].input)).toEqual([
      {
        Entries: [
          {
            EventBusName: 'retention',
            Source: 'es-retention.webhook',
            DetailType: 'Account Deleted',
            Detail: '{"requestId":"msg_1","uin":"100001","at":"2026-11-24T09:00:00.000Z"}',
          },
        ],
      },
    ]);
  });

  test('fails if the entry failed although the request succeeded', async () => {
    const failed = { ErrorCode: 'ThrottlingException', ErrorMessage: 'for account 100001' };
    bus.on(PutEventsCommand).resolves({ FailedEntryCount: 1, Entries: [failed] });
    const { explanation, message } = await refusal();
    expect(explanation.found).toBe('ThrottlingException');
    expect(message).not.toContain('100001');
  });

  test.each([
    ['counts a failure without saying which', { FailedEntryCount: 1 }],
    ['counts a failure beside an id', { FailedEntryCount: 1, Entries: [{ EventId: 'e-1' }] }],
    ['gave no id', { FailedEntryCount: 0, Entries: [{}] }],
    ['said nothing', {}],
  ])('fails if the bus %s', async (_, answer) => {
    bus.on(PutEventsCommand).resolves(answer);
    expect((await refusal()).explanation.found).toBe('an answer without an event id');
  });

  test('fails if the service fails, and does not quote its message', async () => {
    bus.on(PutEventsCommand).rejects(
      new EventBridgeServiceException({
        name: 'ValidationException',
        $fault: 'client',
        $metadata: { httpStatusCode: 400 },
        message: 'Value {"uin":"100001"} at entries failed to satisfy constraint',
      }),
    );
    const error = await refusal();
    expect(error.explanation.found).toBe('ValidationException (HTTP 400)');
    expect(inspect(error)).not.toContain('100001');
  });

  test('fails if the bus cannot be reached', async () => {
    bus.on(PutEventsCommand).rejects(new Error('connect ECONNREFUSED'));
    const { explanation, cause } = await refusal();
    expect(explanation.found).toBe('connect ECONNREFUSED');
    expect(cause).toBeInstanceOf(Error);
  });
});

describe('publishing over HTTP, with the real client', () => {
  const serve = async (listener: RequestListener) => {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close().closeAllConnections());
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  };

  test('uses the address in AWS_ENDPOINT_URL', async () => {
    const bodies: string[] = [];
    await serve(async (request, response) => {
      bodies.push(Buffer.concat(await request.toArray()).toString());
      response.end('{"FailedEntryCount":0,"Entries":[{"EventId":"e-1"}]}');
    });
    await publish();
    expect(bodies.map((body) => JSON.parse(body).Entries[0].Detail)).toEqual([JSON.stringify(EVENT.detail)]);
  });

  test('gives up after three attempts if the bus does not answer', async () => {
    const requests: unknown[] = [];
    await serve((request) => void requests.push(request));
    expect((await refusal(200)).cause).toMatchObject({ name: 'TimeoutError' });
    expect(requests).toHaveLength(3);
  });
});
