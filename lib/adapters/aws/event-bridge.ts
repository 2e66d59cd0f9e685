import type { PutEventsCommandOutput, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { messageOf, TransientError } from '../../base/errors.ts';
import { once } from '../../base/once.ts';
import type { EventPublisher } from '../../erasure/events/event-publisher.ts';

/** The client takes a tenth of the start of a command, and most commands need no bus. */
const eventBridge = () => import('./sdk/event-bridge.ts');

/** Milliseconds. The client's three attempts must end before our caller's time is over. */
const REQUEST_TIMEOUT = 5_000;

const rejection = (found: string, cause?: unknown): TransientError =>
  new TransientError(
    'bus-refused',
    {
      expected: 'EventBridge to accept the event',
      found,
      fix: 'Send it again; if this persists, look at EVENT_BUS_NAME, the role (events:PutEvents) and the region.',
    },
    { cause },
  );

/** Checks the result of a single entry: PutEvents answers 200 even if it accepted nothing. */
const refuseUntaken = ({ FailedEntryCount = 0, Entries = [] }: PutEventsCommandOutput): void => {
  const [entry] = Entries;
  if (FailedEntryCount > 0 || entry?.EventId === undefined)
    throw rejection(entry?.ErrorCode ?? 'an answer without an event id');
};

/** Keeps only the name of the error: a validation error quotes the event, including the subject. */
const explain = async (thrown: unknown): Promise<TransientError> =>
  thrown instanceof (await eventBridge()).EventBridgeServiceException
    ? rejection(`${thrown.name} (HTTP ${thrown.$metadata.httpStatusCode})`)
    : rejection(messageOf(thrown), thrown);

/**
 * Asks whether a bus is there. Publishes nothing.
 * @param bus the name or ARN of the bus.
 * @param requestTimeout milliseconds. There is no second attempt.
 * @throws TransientError `bus-unavailable`
 */
export const assertBus = async (bus: string, requestTimeout: number): Promise<void> => {
  const requestHandler = { connectionTimeout: requestTimeout, requestTimeout, throwOnRequestTimeout: true };
  try {
    const { DescribeEventBusCommand, EventBridgeClient } = await eventBridge();
    await new EventBridgeClient({ maxAttempts: 1, requestHandler }).send(new DescribeEventBusCommand({ Name: bus }));
  } catch (thrown) {
    const name = thrown instanceof Error && thrown.name !== 'Error' ? thrown.name : messageOf(thrown);
    throw new TransientError(
      'bus-unavailable',
      {
        expected: 'the event bus of EVENT_BUS_NAME to be there',
        found: name,
        fix: 'Check EVENT_BUS_NAME, AWS_REGION, the account, and that this identity may call events:DescribeEventBus.',
      },
      { cause: thrown },
    );
  }
};

/**
 * Publishes to an EventBridge bus, one event at a time. The SDK reads `AWS_REGION`, credentials and `AWS_ENDPOINT_URL`
 * itself.
 * @param bus the name or ARN of the bus.
 * @param requestTimeout milliseconds for each of the client's three attempts.
 */
export const eventBridgePublisher = (bus: string, requestTimeout = REQUEST_TIMEOUT): EventPublisher => {
  const opened = once(async () => {
    const { EventBridgeClient, PutEventsCommand } = await eventBridge();
    const requestHandler = { connectionTimeout: requestTimeout, requestTimeout, throwOnRequestTimeout: true };
    return { client: new EventBridgeClient({ requestHandler }), PutEventsCommand };
  });
  const put = async (entry: PutEventsRequestEntry): Promise<PutEventsCommandOutput> => {
    try {
      const { client, PutEventsCommand } = await opened();
      return await client.send(new PutEventsCommand({ Entries: [entry] }));
    } catch (thrown) {
      throw await explain(thrown);
    }
  };
  return {
    publish: async ({ detailType, detail, source }) =>
      refuseUntaken(
        await put({ EventBusName: bus, Source: source, DetailType: detailType, Detail: JSON.stringify(detail) }),
      ),
  };
};
