import { sqsQueue, urlOfQueue } from '../adapters/aws/sqs-queue.ts';
import type { MessageQueue } from '../erasure/intake/message-queue.ts';

/** The queue at an address. Sends nothing yet. */
export const openQueue = (url: string): MessageQueue => sqsQueue(url);

/**
 * A queue of this account by its name.
 * @throws TransientError `queue-unavailable` where there is none, or nobody says where.
 */
export const openQueueNamed = async (name: string): Promise<MessageQueue> => sqsQueue(await urlOfQueue(name));
