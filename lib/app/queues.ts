import { assertBus } from '../adapters/aws/event-bridge.ts';
import { sqsQueue, urlOfQueue } from '../adapters/aws/sqs-queue.ts';
import type { MessageQueue, OpenQueue } from '../erasure/intake/message-queue.ts';

/** Opens the queue at a URL. Sends nothing yet. */
export const openQueue: OpenQueue = (url) => sqsQueue(url);

/** Milliseconds for a question whose answer a person waits for. */
const ASKED_WITHIN = 4_000;

/**
 * The approximate number of messages in the queue at a URL. Asks once.
 * @throws TransientError `queue-unavailable`
 */
export const queueSize = (url: string): Promise<number> =>
  sqsQueue(url, { requestTimeout: ASKED_WITHIN, maxAttempts: 1 }).size();

/**
 * Checks that an event bus is there. Asks once, and publishes nothing.
 * @param bus its name or ARN.
 * @throws TransientError `bus-unavailable`
 */
export const checkBus = (bus: string): Promise<void> => assertBus(bus, ASKED_WITHIN);

/**
 * Opens a queue of this AWS account by its name.
 * @throws TransientError `queue-unavailable` if there is no such queue, or AWS does not return its address.
 */
export const openQueueNamed = async (name: string): Promise<MessageQueue> => sqsQueue(await urlOfQueue(name));
