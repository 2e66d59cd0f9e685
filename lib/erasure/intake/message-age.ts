import { DAY, HOUR } from '../../policy/time/duration.ts';
import { type Instant, parseInstant } from '../../policy/time/instant.ts';

/** How long a message with identifiers is kept in total, in milliseconds after its event. */
export const MESSAGE_LIFE = 14 * DAY;

/**
 * How long EventBridge (24 hours) and Lambda (6 hours) try at most before an event goes to a queue. Set in
 * deploy/events/bus-events.ts and serverless.yml.
 */
const LONGEST_DELIVERY = DAY + 6 * HOUR;

/**
 * How long each queue keeps a message after it was put there, in milliseconds. It is short enough for a message that
 * arrived late.
 */
export const QUEUE_RETENTION = MESSAGE_LIFE - LONGEST_DELIVERY;

/**
 * How often SQS delivers a message before it moves it to the dead letters, where no run reads it. Set in
 * deploy/events/failures.ts.
 */
export const MAX_TRIES = 1_000;

/** For this many tries, a message becomes visible again at once. With any schedule, these tries take days. */
const QUICK_TRIES = MAX_TRIES / 2;

/**
 * How long a failed message is hidden, in milliseconds: not at all at first, later long enough that it expires before
 * its tries are used up. A run every few minutes, with retries by Lambda, would use up 1,000 tries in less than four
 * days.
 * @param tries how often it has been received.
 */
export const hiddenAfter = (tries: number): number =>
  tries < QUICK_TRIES ? 0 : QUEUE_RETENTION / (MAX_TRIES - QUICK_TRIES);

/**
 * In this last part of its life, a message no longer waits for another try: SQS would drop it without telling anybody.
 */
const LAST_DAY = DAY;

const ownTime = (event: unknown): Instant | undefined => {
  const time = typeof event === 'object' && event !== null && 'time' in event ? event.time : undefined;
  return typeof time === 'string' ? parseInstant(time) : undefined;
};

/**
 * When an event occurred. The event's own time counts, but not if it is earlier than a delivery can take: a past date
 * from a sender must not shorten the time for retries.
 * @param arrivedAt when it reached a function or a queue.
 */
export const eventTimeOf = (event: unknown, arrivedAt: Instant): Instant =>
  Math.min(arrivedAt, Math.max(ownTime(event) ?? arrivedAt, arrivedAt - LONGEST_DELIVERY));

/**
 * Whether a message may stay in its queue for a later try.
 * @param born when its event occurred.
 * @param sentAt when it was put into this queue.
 */
export const mayWait = (born: Instant, sentAt: Instant, now: Instant): boolean =>
  now < Math.min(born + MESSAGE_LIFE, sentAt + QUEUE_RETENTION) - LAST_DAY;

/**
 * Whether an event put into a queue now is removed from there in time. SQS counts from now, whatever the event's age.
 */
export const mayBeKeptWhole = (born: Instant, now: Instant): boolean => now + QUEUE_RETENTION <= born + MESSAGE_LIFE;
