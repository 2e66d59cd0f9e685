import type { Instant } from '../../policy/time/instant.ts';

/** A message of a queue, as far as we look at it. */
export interface QueueMessage {
  readonly id: string;
  readonly body: string;
  readonly receipt: string;
  /** When it was put into its first queue of SQS. What we send again counts anew. */
  readonly sentAt: Instant;
  /** About how often it has been received until now, this time included. */
  readonly tries: number;
  /** Why it is here, as far as whoever put it there said so. */
  readonly reason?: string;
  /** Whether a schedule of EventBridge Scheduler put it here. */
  readonly isFromSchedule: boolean;
  /** The name of the queue that gave it up after too many tries. */
  readonly cameFrom?: string;
}

/** One queue of messages that somebody takes later. @throws TransientError `queue-unavailable`, from each call. */
export interface MessageQueue {
  /** At most ten; none when it is empty. What is received and not removed comes back after a while. */
  receive(): Promise<readonly QueueMessage[]>;
  remove(message: QueueMessage): Promise<void>;
  /**
   * Lets others see a message that was received and not dealt with.
   * @param hidden milliseconds until then, at most 12 hours; at once without.
   */
  release(message: QueueMessage, hidden?: number): Promise<void>;
  /** About how many messages others have received and not removed: nobody sees them for a while. */
  inFlight(): Promise<number>;
  /** @param json one JSON value, as text. */
  send(json: string): Promise<void>;
}
