import type { Message } from '@aws-sdk/client-sqs';
import { messageOf, TransientError } from '../../base/errors.ts';
import { once } from '../../base/once.ts';
import type { MessageQueue, QueueMessage } from '../../erasure/intake/message-queue.ts';
import { assertSafeTransport } from '../environment/transport.ts';

/** Loaded when a queue is used: most commands need none. */
const sqs = () => import('./sdk/sqs.ts');

const timeouts = (requestTimeout: number) => ({
  connectionTimeout: Math.min(3_000, requestTimeout),
  requestTimeout,
  throwOnRequestTimeout: true,
});

/** How long an attempt to reach a queue may take, and how many there are. */
export interface QueueUse {
  /** Milliseconds. */
  readonly requestTimeout: number;
  readonly maxAttempts: number;
}

const USUAL: QueueUse = { requestTimeout: 10_000, maxAttempts: 3 };

/** EventBridge puts the reason into message attributes. Lambda puts it into the body, which is read later. */
const reasonOf = ({ MessageAttributes = {} }: Message): string | undefined => {
  const { ERROR_CODE, ERROR_MESSAGE } = MessageAttributes;
  const said = [ERROR_CODE?.StringValue, ERROR_MESSAGE?.StringValue].filter((text) => text !== undefined);
  return said.length === 0 ? undefined : said.join(': ');
};

const messageFrom = (message: Message): QueueMessage => {
  const reason = reasonOf(message);
  const cameFrom = message.Attributes?.DeadLetterQueueSourceArn?.split(':').at(-1);
  return {
    id: message.MessageId ?? '',
    body: message.Body ?? '',
    receipt: message.ReceiptHandle ?? '',
    sentAt: Number(message.Attributes?.SentTimestamp ?? Date.now()),
    tries: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
    isFromSchedule: message.MessageAttributes?.SCHEDULE_ARN !== undefined,
    ...(reason !== undefined && { reason }),
    ...(cameFrom !== undefined && { cameFrom }),
  };
};

/** What the SDK says if it cannot even begin, and the fix. */
const NOT_BEGUN: readonly (readonly [said: RegExp, fix: string])[] = [
  [/^Region is missing/, 'Set AWS_REGION to the region of the queue.'],
  [/credentials/i, 'Sign in to AWS, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.'],
  [/NonExistentQueue|QueueDoesNotExist/, 'Check the address of the queue, and its region and account.'],
  [/ENOTFOUND|ECONNREFUSED|EAI_AGAIN/, 'Check the address of the queue, AWS_ENDPOINT_URL, and the network.'],
];

/** The name of an error says more than its message, but for a plain `Error`. */
const saidBy = (thrown: unknown): string =>
  thrown instanceof Error && thrown.name !== 'Error' ? thrown.name : messageOf(thrown);

/**
 * Turns every error of SQS into a TransientError.
 * @throws TransientError `queue-unavailable`
 */
const explained = async <T>(url: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (thrown) {
    const name = url.split('/').at(-1);
    const said = saidBy(thrown);
    throw new TransientError(
      'queue-unavailable',
      {
        expected: `the queue ${name} to answer`,
        found: said,
        fix:
          NOT_BEGUN.find(([words]) => words.test(said))?.[1] ??
          "Try again later; if this persists, look at the queue's address and the role.",
      },
      { cause: thrown },
    );
  }
};

/**
 * Escapes, as JSON does, the two code points that SQS accepts in no message.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
const withoutNoncharacters = (json: string): string =>
  json.replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

/** A queue by its URL. The SDK reads credentials, region and `AWS_ENDPOINT_URL` itself. */
export const sqsQueue = (url: string, { requestTimeout, maxAttempts }: QueueUse = USUAL): MessageQueue => {
  assertSafeTransport();
  const opened = once(async () => {
    const library = await sqs();
    const client = new library.SQSClient({ maxAttempts, requestHandler: timeouts(requestTimeout) });
    return { ...library, client };
  });
  /** Uses the client, and explains its errors. */
  const use = <T>(work: (library: Awaited<ReturnType<typeof opened>>) => Promise<T>): Promise<T> =>
    explained(url, async () => work(await opened()));
  const QueueUrl = url;
  return {
    receive: () =>
      use(async ({ client, ReceiveMessageCommand }) => {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: 10,
            // Without waiting, SQS asks only some of the queue's servers, and may miss the few messages in it.
            WaitTimeSeconds: 1,
            MessageAttributeNames: ['All'],
            MessageSystemAttributeNames: ['All'],
          }),
        );
        return Messages.map(messageFrom);
      }),
    remove: ({ receipt }) =>
      use(async ({ client, DeleteMessageCommand }) => {
        await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: receipt }));
      }),
    release: ({ receipt: ReceiptHandle }, hidden = 0) =>
      use(async ({ client, ChangeMessageVisibilityCommand }) => {
        const VisibilityTimeout = Math.ceil(hidden / 1_000);
        await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
      }),
    size: () =>
      use(async ({ client, GetQueueAttributesCommand }) => {
        const { Attributes } = await client.send(
          new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...COUNTS] }),
        );
        return COUNTS.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0);
      }),
    send: (body) =>
      use(async ({ client, SendMessageCommand }) => {
        await client.send(new SendMessageCommand({ QueueUrl, MessageBody: withoutNoncharacters(body) }));
      }),
  };
};

/**
 * The URL of a queue of this account, by name.
 * @throws TransientError `queue-unavailable`
 */
export const urlOfQueue = (name: string): Promise<string> =>
  explained(name, async () => {
    assertSafeTransport();
    const { GetQueueUrlCommand, SQSClient } = await sqs();
    const { QueueUrl = '' } = await new SQSClient({ requestHandler: timeouts(USUAL.requestTimeout) }).send(
      new GetQueueUrlCommand({ QueueName: name }),
    );
    return QueueUrl;
  });
