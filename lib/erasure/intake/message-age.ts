import { DAY, HOUR } from '../../policy/time/duration.ts';
import { type Instant, parseInstant } from '../../policy/time/instant.ts';

/** How long a message that names somebody is kept in all, counted from its event's own time, in milliseconds. */
export const MESSAGE_LIFE = 14 * DAY;

/** The longest that EventBridge (24 hours) and Lambda (6 hours) try before an event lies in a queue: deploy/bus-events.ts, serverless.yml. */
const LONGEST_DELIVERY = DAY + 6 * HOUR;

/** How long each queue keeps a message, counted from when it was put there, in milliseconds: even one that came late is gone in time. */
export const QUEUE_RETENTION = MESSAGE_LIFE - LONGEST_DELIVERY;

/** So often SQS hands a message out, at most, before it moves it to the dead letters, where no run looks for it: deploy/failures.ts. */
export const MOST_TRIES = 1_000;

/** Tries after which a message is there again at once: days of them, whatever the schedule. */
const QUICK_TRIES = MOST_TRIES / 2;

/**
 * How long a message that failed is hidden, in milliseconds: not at all at first; later so long that its time is over before its
 * tries are. For a run that looks every few minutes, and is tried again by Lambda, 1,000 tries are not four days.
 * @param tries how often it has been received.
 */
export const hiddenAfter = (tries: number): number =>
  tries < QUICK_TRIES ? 0 : QUEUE_RETENTION / (MOST_TRIES - QUICK_TRIES);

/** So long before a message ends nobody waits for a better day any more: nobody is told when SQS drops one. */
const LAST_DAY = DAY;

const ownTime = (event: unknown): Instant | undefined => {
  const time = typeof event === 'object' && event !== null && 'time' in event ? event.time : undefined;
  return typeof time === 'string' ? parseInstant(time) : undefined;
};

/**
 * When an event came up, by its own word as far as delivery can have taken: a sender that puts a date into the past does not shorten
 * how long we try.
 * @param arrivedAt when it reached a function or a queue.
 */
export const bornAt = (event: unknown, arrivedAt: Instant): Instant =>
  Math.min(arrivedAt, Math.max(ownTime(event) ?? arrivedAt, arrivedAt - LONGEST_DELIVERY));

/**
 * Whether a message may stay in its queue for a later try.
 * @param born when its event came up; @param sentAt when it was put into this queue.
 */
export const mayWait = (born: Instant, sentAt: Instant, now: Instant): boolean =>
  now < Math.min(born + MESSAGE_LIFE, sentAt + QUEUE_RETENTION) - LAST_DAY;

/** Whether an event that is put into a queue now is gone from there in time. SQS counts from now, whatever its age. */
export const mayBeKeptWhole = (born: Instant, now: Instant): boolean => now + QUEUE_RETENTION <= born + MESSAGE_LIFE;
