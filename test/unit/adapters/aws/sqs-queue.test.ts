import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, onTestFinished, test } from 'vitest';
import { sqsQueue } from '../../../../lib/adapters/aws/sqs-queue.ts';

test('an event with code points that SQS refuses is still put aside', async () => {
  const sqs = mockClient(SQSClient);
  onTestFinished(() => sqs.restore());
  sqs.on(SendMessageCommand).resolves({});
  const event = { uin: 'a\ufffe\uffff\u0000\ud800é' };
  await sqsQueue('https://sqs.example.org/1/letters').send(JSON.stringify(event));
  const [
    {
      args: [
        {
          input: { MessageBody = '' },
        },
      ],
    } = { args: [{ input: {} }] },
  ] = sqs.commandCalls(SendMessageCommand);
  expect(MessageBody).toMatch(/^[\t\n\r\u0020-\ud7ff\ue000-\ufffd]*$/);
  expect(JSON.parse(MessageBody)).toEqual(event);
});
