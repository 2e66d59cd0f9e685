import { InputError, TransientError } from '../../base/errors.ts';
import { isAccountEvent } from '../../erasure/intake/bus-event.ts';
import { type DeadLetter, deadLetterOf, letterEventTime } from '../../erasure/intake/dead-letter.ts';
import { hiddenAfter, mayWait } from '../../erasure/intake/message-age.ts';
import type { MessageQueue, QueueMessage } from '../../erasure/intake/message-queue.ts';
import type { Clock, Instant } from '../../policy/time/instant.ts';
import { fateOf, isDoneByARun } from './event-fate.ts';
import type { FailedEvent } from './put-aside.ts';

/** The ports for draining the failure queue. */
export interface Drain {
  readonly failures: MessageQueue;
  /** Puts an event aside for a person, if another try does not help or the event is too old for another try. */
  readonly putAside: (failed: FailedEvent) => Promise<unknown>;
  /** Records an account event from the bus, with the instant at which it reached us. */
  readonly record: (event: unknown, arrivedAt: Instant) => Promise<unknown>;
  /** Whether there is time for more. */
  readonly hasTime: () => boolean;
  readonly clock: Clock;
}

/** The results by message. */
export interface Drained {
  /** Terminations that are recorded now. */
  readonly recorded: number;
  /** Schedules and continuations, whose work the current run does. */
  readonly overtaken: number;
  /** Messages put aside for a person, because another try does not help. */
  readonly putAside: number;
  /** Why there may be more messages in the queue, including reinstatements; absent if there are none. */
  readonly leftBecause?: unknown;
}

type DrainedAs = Exclude<keyof Drained, 'leftBecause'>;

/**
 * Any message from a schedule is overtaken by the next run, whatever its form. But a termination is recorded, whoever
 * sent it.
 */
const isOvertaken = (event: unknown, { isFromSchedule }: QueueMessage): boolean =>
  !isAccountEvent(event) && (isFromSchedule || isDoneByARun(event));

const notTaken = (): InputError =>
  new InputError('unknown-event', {
    expected: 'a termination or a reinstatement',
    found: 'not an event that this function accepts',
    fix: 'Find out who sent it. The event was put aside.',
  });

const notDrained = (found: string): TransientError =>
  new TransientError('not-drained', {
    expected: 'to have received everything that waits in the failure queue',
    found,
    fix: 'The next run continues. Messages that were received but not processed are visible again within 40 minutes.',
  });

/**
 * When a message reached us, by the record of this or the previous queue. A sender's own time does not count: it could
 * hide a flood of messages.
 */
const arrivalOf = (letter: DeadLetter, { sentAt }: QueueMessage): Instant =>
  letter.since === undefined ? sentAt : letterEventTime(letter, sentAt);

/**
 * A termination that cannot be recorded waits for a repair. On its last day, it is put aside for a person before SQS
 * drops it.
 */
const finish = async (message: QueueMessage, drain: Drain): Promise<DrainedAs> => {
  const letter = deadLetterOf(message.body, message.reason);
  const { event } = letter;
  if (isOvertaken(event, message)) return 'overtaken';
  try {
    if (!isAccountEvent(event)) throw notTaken();
    await drain.record(event, arrivalOf(letter, message));
    return 'recorded';
  } catch (error) {
    const born = letterEventTime(letter, message.sentAt);
    if (fateOf(event, error) === 'again' && mayWait(born, message.sentAt, drain.clock())) throw error;
    await drain.putAside({ event, error, born });
    return 'putAside';
  }
};

/** A failing message does not stop the others that were received with it. It becomes visible again in time. */
const finishAll = async (
  messages: readonly QueueMessage[],
  drain: Drain,
  counts: Record<DrainedAs, number>,
): Promise<void> => {
  const failures: unknown[] = [];
  for (const message of messages) {
    try {
      if (!drain.hasTime()) throw notDrained('no time for more');
      counts[await finish(message, drain)] += 1;
      await drain.failures.remove(message);
    } catch (error) {
      failures.push(error);
      // If this fails too, the message stays hidden for a while, and counts as in flight.
      await drain.failures.release(message, hiddenAfter(message.tries)).catch(() => undefined);
    }
  }
  if (failures.length > 0) throw failures[0];
};

const drainInto = async (counts: Record<DrainedAs, number>, drain: Drain): Promise<void> => {
  const { failures, hasTime } = drain;
  for (;;) {
    if (!hasTime()) throw notDrained('no time for more');
    const messages = await failures.receive();
    if (messages.length === 0) break;
    await finishAll(messages, drain, counts);
  }
  // An empty answer does not mean an empty queue. If the answer to a `receive` was lost and the SDK sent it again, the
  // messages of the first answer are hidden, and nobody has seen them.
  const left = await failures.size();
  if (left > 0)
    throw notDrained(
      `${left} left in it: received by a run that is at work or has died, set aside for a while after many tries, or new`,
    );
};

/**
 * Processes earlier failures from the function's own queue, so that an hour without Elasticsearch loses no termination.
 * A message is removed only after it is recorded, or put aside for a person; after a crash it becomes visible again.
 * Stops after the first batch with a failure; the next run does the rest.
 */
export const drainFailures = async (drain: Drain): Promise<Drained> => {
  const counts = { recorded: 0, overtaken: 0, putAside: 0 };
  try {
    await drainInto(counts, drain);
    return counts;
  } catch (leftBecause) {
    return { ...counts, leftBecause };
  }
};
