import { sqsQueue, urlOfQueue } from '../adapters/aws/sqs-queue.ts';
import type { MessageQueue, OpenQueue } from '../erasure/intake/message-queue.ts';

/** Opens the queue at a URL. Sends nothing yet. */
export const openQueue: OpenQueue = (url) => sqsQueue(url);

/**
 * Opens a queue of this AWS account by its name.
 * @throws TransientError `queue-unavailable` if there is no such queue, or AWS does not return its address.
 */
export const openQueueNamed = async (name: string): Promise<MessageQueue> => sqsQueue(await urlOfQueue(name));
