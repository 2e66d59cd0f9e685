import type { Instant } from '../../policy/time/instant.ts';

/** A message of a queue, with the parts that we use. */
export interface QueueMessage {
  readonly id: string;
  readonly body: string;
  readonly receipt: string;
  /** When it was put into its first SQS queue. If we send a message again, its time counts from that moment. */
  readonly sentAt: Instant;
  /** The approximate number of times it has been received, including this one. */
  readonly tries: number;
  /** The reason, if the sender gave one. */
  readonly reason?: string;
  readonly isFromSchedule: boolean;
  /** The name of the queue that moved it here after too many tries. */
  readonly cameFrom?: string;
}

/**
 * One queue of messages.
 * @throws TransientError `queue-unavailable`, from every method.
 */
export interface MessageQueue {
  /**
   * Receives at most ten messages; an empty list if the queue is empty. A message that is not removed becomes visible
   * again after a while.
   */
  receive(): Promise<readonly QueueMessage[]>;
  /** Removes a received message for good. */
  remove(message: QueueMessage): Promise<void>;
  /**
   * Makes a received message visible again.
   * @param hidden milliseconds until then, at most 12 hours. Absent: at once.
   */
  release(message: QueueMessage, hidden?: number): Promise<void>;
  /**
   * The approximate number of messages in the queue: both visible messages and hidden messages, which somebody has
   * received and not removed.
   */
  size(): Promise<number>;
  /**
   * Sends a message.
   * @param json one JSON value, as text.
   */
  send(json: string): Promise<void>;
}

/** Opens the queue at a URL. Sends nothing yet. */
export type OpenQueue = (url: string) => MessageQueue;
