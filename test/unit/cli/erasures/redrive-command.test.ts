import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type AwsClientStub, mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { redriveCommand } from '../../../../lib/cli/commands/erasure/redrive-command.ts';

const UIN = '9007199254740993';
const EVENT = {
  'detail-type': 'Account Deleted',
  detail: { requestId: 'msg_1', uin: UIN, at: '2026-11-24T09:00:00Z' },
};
const put = (body: object, more: object = {}) => ({
  MessageId: JSON.stringify(body),
  Body: JSON.stringify(body),
  ReceiptHandle: 'r',
  ...more,
});

// SQS itself runs in the tests of the deployment.
let sqs: AwsClientStub<SQSClient>;
beforeEach(() => {
  sqs = mockClient(SQSClient);
  sqs.on(GetQueueUrlCommand).callsFake(({ QueueName }) => ({ QueueUrl: `https://sqs/${QueueName}` }));
  vi.stubEnv('DEAD_LETTER_QUEUE_URL', 'https://sqs/dead');
  vi.stubEnv('AWS_REGION', 'eu-west-1');
});
afterEach(() => {
  sqs.restore();
  vi.unstubAllEnvs();
});
const holding = (...Messages: object[]) => sqs.on(ReceiveMessageCommand).resolvesOnce({ Messages }).resolves({});
const sent = () =>
  sqs
    .commandCalls(SendMessageCommand)
    .map(({ args }) => [args[0].input.QueueUrl, JSON.parse(args[0].input.MessageBody ?? '').event]);

const PUT_ASIDE = put({
  event: EVENT,
  code: 'no-keys',
  reason: 'expected keys; found nothing. Set them.',
  failureQueueUrl: 'https://sqs/failures',
});
const GIVEN_UP = put(
  {
    requestContext: { condition: 'RetriesExhausted' },
    requestPayload: EVENT,
    responsePayload: { errorType: 'TransientError', errorMessage: 'no-server' },
  },
  { Attributes: { DeadLetterQueueSourceArn: 'arn:aws:sqs:eu-west-1:1:purge-uins-failures' } },
);

/** As a rule or a schedule puts it there that asked Lambda in vain. */
const UNDELIVERED = put(
  { FunctionName: 'purge-uins', InvocationType: 'Event', Payload: JSON.stringify(EVENT) },
  {
    MessageAttributes: {
      ERROR_CODE: { StringValue: 'NO_PERMISSIONS' },
      SCHEDULE_ARN: { StringValue: 'arn:aws:scheduler:eu-west-1:1:schedule/default/purge-uins' },
    },
    Attributes: { DeadLetterQueueSourceArn: 'arn:aws:sqs:eu-west-1:1:purge-uins-failures' },
  },
);

describe('redrive', () => {
  test('sends every letter to a given queue in place of the original ones', async () => {
    holding(PUT_ASIDE, GIVEN_UP, put(EVENT));
    expect(await redriveCommand(true, 'purge-uins-failures-2')).toMatchObject({ exitCode: 0 });
    expect(sent()).toEqual(Array.from({ length: 3 }, () => ['https://sqs/purge-uins-failures-2', EVENT]));
  });

  test('says why each dead letter failed, without naming its subject', async () => {
    holding(PUT_ASIDE, GIVEN_UP);
    const { json, exitCode, page } = await redriveCommand(false);
    expect(json).toMatchObject({
      summary: 'Dead letters: 2',
      letters: [
        { type: 'Account Deleted', requestId: 'msg_1', code: 'no-keys', sent: false },
        { type: 'Account Deleted', requestId: 'msg_1', code: 'TransientError', reason: 'no-server', sent: false },
      ],
    });
    expect(exitCode).toBe(3);
    expect(JSON.stringify([json, page])).not.toContain(UIN);
    expect(sent()).toEqual([]);
    expect(sqs.commandCalls(DeleteMessageCommand)).toEqual([]);
  });

  test('releases the letters that it only shows, so that --execute finds them again', async () => {
    holding(PUT_ASIDE, GIVEN_UP);
    await redriveCommand(false);
    const released = sqs.commandCalls(ChangeMessageVisibilityCommand).map(({ args }) => args[0].input);
    expect(released).toMatchObject([
      { QueueUrl: 'https://sqs/dead', VisibilityTimeout: 0 },
      { QueueUrl: 'https://sqs/dead', VisibilityTimeout: 0 },
    ]);
  });

  test('sends each letter to the queue of the function that refused it', async () => {
    holding(PUT_ASIDE, GIVEN_UP);
    const { json, exitCode } = await redriveCommand(true);
    expect(json.summary).toBe('Dead letters: 2 · 2 were sent again');
    expect(exitCode).toBe(0);
    expect(sent()).toEqual([
      ['https://sqs/failures', EVENT],
      ['https://sqs/purge-uins-failures', EVENT],
    ]);
    expect(sqs.commandCalls(DeleteMessageCommand)).toHaveLength(2);
  });

  test('sends an event that several functions refused to each of them', async () => {
    const failureQueueUrls = ['https://sqs/uins-failures', 'https://sqs/rooms-failures'];
    holding(put({ event: EVENT, code: 'bad-termination', reason: 'r', failureQueueUrls }));
    expect(await redriveCommand(true)).toMatchObject({ exitCode: 0, json: { letters: [{ sent: true }] } });
    expect(sent()).toEqual(failureQueueUrls.map((url) => [url, EVENT]));
    expect(sqs.commandCalls(DeleteMessageCommand)).toHaveLength(1);
  });

  test('keeps a letter until it has been sent to every function', async () => {
    const failureQueueUrls = ['https://sqs/uins-failures', 'https://sqs/gone'];
    holding(put({ event: EVENT, code: 'bad-termination', reason: 'r', failureQueueUrls }));
    sqs.on(GetQueueUrlCommand, { QueueName: 'gone' }).rejects(new Error('no such queue'));
    expect(await redriveCommand(true)).toMatchObject({ exitCode: 1, json: { letters: [{ sent: false }] } });
    expect(sqs.commandCalls(DeleteMessageCommand)).toEqual([]);
  });

  test('sends each event of a list separately', async () => {
    const other = { ...EVENT, id: 'other' };
    holding(put({ event: [EVENT, other], code: 'unknown-event', reason: 'r', failureQueueUrls: ['https://sqs/a'] }));
    expect(await redriveCommand(true)).toMatchObject({ exitCode: 0, json: { letters: [{ sent: true }] } });
    expect(sent()).toEqual([
      ['https://sqs/a', EVENT],
      ['https://sqs/a', other],
    ]);
  });

  test('removes the request that EventBridge or Scheduler put around an event', async () => {
    holding(UNDELIVERED);
    const { json, page } = await redriveCommand(true);
    expect(json).toMatchObject({
      letters: [{ type: 'Account Deleted', requestId: 'msg_1', code: 'undelivered', reason: 'NO_PERMISSIONS' }],
    });
    expect(sent()).toEqual([['https://sqs/purge-uins-failures', EVENT]]);
    expect(JSON.stringify([json, page])).not.toContain(UIN);
  });

  test('shows the age of each event, and sends it along with the event', async () => {
    const since = new Date(Date.now() - 49 * 3_600_000).toISOString();
    holding(put({ event: EVENT, code: 'x', reason: 'r', since, failureQueueUrl: 'https://sqs/failures' }));
    const { json, page } = await redriveCommand(true);
    expect(json).toMatchObject({ letters: [{ since, sent: true }] });
    expect(JSON.stringify(page)).toContain('"2 d 1 h"');
    const [call] = sqs.commandCalls(SendMessageCommand);
    expect(JSON.parse(call?.args[0].input.MessageBody ?? '')).toMatchObject({ event: EVENT, since });
  });

  test('computes the age of an event from its time, or from when it was sent to the queue', async () => {
    const [sentAt, time] = [Date.parse('2026-11-24T09:00:00Z'), '2026-11-23T21:00:00.000Z'];
    const Attributes = { SentTimestamp: `${sentAt}` };
    holding(put({ requestPayload: { ...EVENT, time } }, { Attributes }), put(EVENT, { Attributes }));
    expect((await redriveCommand(false)).json).toMatchObject({
      letters: [{ since: time }, { since: '2026-11-24T09:00:00.000Z' }],
    });
  });

  test('says that an event older than 14 days gets one more try, and sends it', async () => {
    const since = '2026-01-01T00:00:00.000Z';
    holding(put({ event: EVENT, code: 'x', reason: 'r', since, failureQueueUrl: 'https://sqs/failures' }));
    const { json, page } = await redriveCommand(true);
    expect(JSON.stringify(page)).toContain('older than 14 d');
    expect(json).toMatchObject({ letters: [{ since, sent: true }] });
  });

  test('never sends a termination that would be refused for its content', async () => {
    const event = { ...EVENT, detail: { ...EVENT.detail, uin: 7 } };
    holding(put({ event, code: 'bad-termination', reason: 'r', failureQueueUrl: 'https://sqs/failures' }));
    const { json, page, exitCode } = await redriveCommand(true);
    expect(json).toMatchObject({ letters: [{ sent: false, isStillWrong: true }] });
    expect(JSON.stringify(page)).toContain('still wrong');
    expect(exitCode).toBe(3);
    expect(sent()).toEqual([]);
    expect(sqs.commandCalls(DeleteMessageCommand)).toEqual([]);
  });

  describe('a report of an event that was too old to be kept', () => {
    const left = { 'detail-type': 'Account Deleted', id: 'msg_1' };
    const REPORT = put({ event: left, code: 'no-keys', reason: 'r', failureQueueUrls: [], isReport: true });

    test('is shown and kept', async () => {
      holding(REPORT);
      const { json, page, exitCode } = await redriveCommand(false);
      expect(json).toMatchObject({
        letters: [{ requestId: 'msg_1', isReport: true, isStillWrong: false, sent: false, removed: false }],
      });
      expect(JSON.stringify(page)).toContain('too old to be kept');
      expect(exitCode).toBe(3);
      expect(sqs.commandCalls(DeleteMessageCommand)).toEqual([]);
    });

    test('is removed by --execute, and sent nowhere', async () => {
      holding(REPORT);
      expect(await redriveCommand(true)).toMatchObject({
        exitCode: 0,
        json: { summary: 'Dead letters: 1 · 0 were sent again', letters: [{ sent: false, removed: true }] },
      });
      expect(sqs.commandCalls(DeleteMessageCommand)).toHaveLength(1);
      expect(sent()).toEqual([]);
    });
  });

  test('keeps a letter of unknown origin', async () => {
    holding(put({ hello: 'world' }));
    expect(await redriveCommand(true)).toMatchObject({ exitCode: 3, json: { letters: [{ sent: false }] } });
    expect(sqs.commandCalls(DeleteMessageCommand)).toEqual([]);
  });

  test('keeps a letter that could not be sent, says why, and goes to other queues', async () => {
    holding(GIVEN_UP, { ...GIVEN_UP, MessageId: 'again' }, PUT_ASIDE);
    const gone = Object.assign(new Error('no such queue'), { name: 'QueueDoesNotExist' });
    sqs.on(GetQueueUrlCommand, { QueueName: 'purge-uins-failures' }).rejects(gone);
    const { json, page, exitCode } = await redriveCommand(true);
    expect(json).toMatchObject({
      summary: 'Dead letters: 3 · 1 was sent again',
      failures: [{ queue: 'purge-uins-failures', error: { code: 'queue-unavailable', found: 'QueueDoesNotExist' } }],
      letters: [{ sent: false }, { sent: false }, { sent: true }],
    });
    expect(JSON.stringify(page)).toContain('the queue purge-uins-failures to answer');
    expect(exitCode).toBe(1);
    expect(sqs.commandCalls(GetQueueUrlCommand)).toHaveLength(2);
    expect(sqs.commandCalls(DeleteMessageCommand)).toHaveLength(1);
    expect(sqs.commandCalls(ChangeMessageVisibilityCommand)).toHaveLength(2);
  });

  test('keeps a letter if it is unknown whether it was accepted', async () => {
    holding(PUT_ASIDE);
    sqs.on(SendMessageCommand).rejects(new Error('down'));
    expect(await redriveCommand(true)).toMatchObject({ exitCode: 1, json: { letters: [{ sent: false }] } });
    expect(sqs.commandCalls(DeleteMessageCommand)).toEqual([]);
  });

  test('sends to our own queues only, whatever URL a letter names', async () => {
    holding(put({ event: EVENT, code: 'x', failureQueueUrl: 'https://elsewhere.example/1/failures' }));
    await redriveCommand(true);
    expect(sent()).toEqual([['https://sqs/failures', EVENT]]);
  });

  test('shows the received letters even if they cannot be released in time', async () => {
    holding(PUT_ASIDE);
    sqs.on(ChangeMessageVisibilityCommand).rejects(new Error('MessageNotInflight'));
    expect(await redriveCommand(false)).toMatchObject({ exitCode: 3, json: { summary: 'Dead letters: 1' } });
  });

  test('sends the received letters before it asks for more', async () => {
    sqs
      .on(ReceiveMessageCommand)
      .resolvesOnce({ Messages: [PUT_ASIDE] })
      .rejects(new Error('down'));
    await expect(redriveCommand(true)).rejects.toMatchObject({ code: 'queue-unavailable' });
    expect(sent()).toEqual([['https://sqs/failures', EVENT]]);
  });

  test('ends when the queue returns the same messages again', async () => {
    sqs.on(ReceiveMessageCommand).resolves({ Messages: [PUT_ASIDE, GIVEN_UP] });
    expect((await redriveCommand(false)).json.summary).toBe('Dead letters: 2');
  });

  test('stops after a thousand letters, and ends with exit code 3', async () => {
    let at = 0;
    sqs.on(ReceiveMessageCommand).callsFake(() => ({
      Messages: Array.from({ length: 10 }, () => ({ ...PUT_ASIDE, MessageId: `${at++}` })),
    }));
    const { json, page, exitCode } = await redriveCommand(true);
    expect(json.summary).toBe('Dead letters: 1,000 · 1,000 were sent again');
    expect(JSON.stringify(page)).toContain('run it again');
    expect(exitCode).toBe(3);
  });

  test('fails if DEAD_LETTER_QUEUE_URL is empty', async () => {
    vi.stubEnv('DEAD_LETTER_QUEUE_URL', '');
    await expect(redriveCommand(false)).rejects.toMatchObject({ code: 'no-queue-named' });
  });
});
