import { isTermination } from '../../erasure/intake/bus-event.ts';
import { bornOf, type DeadLetter, deadLetterOf } from '../../erasure/intake/dead-letter.ts';
import { hiddenAfter, mayWait } from '../../erasure/intake/message-age.ts';
import type { MessageQueue, QueueMessage } from '../../erasure/intake/message-queue.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { InputError, TransientError } from '../../purge/errors.ts';
import type { FailedEvent } from './put-aside.ts';
import { fateOf, isDoneByARun } from './retry-or-park.ts';

/** What a drain works with. */
export interface Drain {
  readonly failures: MessageQueue;
  /** Keeps for a person what trying again does not help, or what is too old for it. */
  readonly putAside: (failed: FailedEvent) => Promise<unknown>;
  /** Records a termination event of the bus that reached us at an instant. */
  readonly record: (event: unknown, arrivedAt: Instant) => Promise<unknown>;
  /** Whether there is time for more. */
  readonly hasTime: () => boolean;
  readonly clock: () => Instant;
}

/** What became of the messages. */
export interface Drained {
  /** Terminations that were recorded after all. */
  readonly recorded: number;
  /** Schedules and continuations: the run that drains does their work. */
  readonly overtaken: number;
  /** Put aside for a person, since trying again helps nobody. */
  readonly putAside: number;
  /** Why there may be more in the queue, a reinstatement among it; absent when there is not. */
  readonly leftBecause?: unknown;
}

type Outcome = Exclude<keyof Drained, 'leftBecause'>;

/** What a schedule put there is one, in whatever form; but a termination is recorded whoever put it there. */
const isOvertaken = (event: unknown, { isFromSchedule }: QueueMessage): boolean =>
  !isTermination(event) && (isFromSchedule || isDoneByARun(event));

const notTaken = (): InputError =>
  new InputError('unknown-event', {
    expected: 'a termination or a reinstatement',
    found: 'not an event that this function takes',
    fix: 'Look at who sent it. It was put aside.',
  });

const notDrained = (found: string): TransientError =>
  new TransientError('not-drained', {
    expected: 'to have heard of everything that waits in the failure queue',
    found,
    fix: 'The next run goes on; what was received and not dealt with is there again within 40 minutes.',
  });

/**
 * When a message reached us: by the queue's own record, or that of the queue it was in before. What a sender says of itself does not
 * count: it could let a flood look like a trickle.
 */
const arrivalOf = (letter: DeadLetter, { sentAt }: QueueMessage): Instant =>
  letter.since === undefined ? sentAt : bornOf(letter, sentAt);

/** A termination that cannot be recorded waits for the mend, but for its last day: then a person is told, before SQS drops it. */
const finish = async (message: QueueMessage, drain: Drain): Promise<Outcome> => {
  const letter = deadLetterOf(message.body, message.reason);
  const { event } = letter;
  if (isOvertaken(event, message)) return 'overtaken';
  try {
    if (!isTermination(event)) throw notTaken();
    await drain.record(event, arrivalOf(letter, message));
    return 'recorded';
  } catch (error) {
    const born = bornOf(letter, message.sentAt);
    if (fateOf(event, error) === 'again' && mayWait(born, message.sentAt, drain.clock())) throw error;
    await drain.putAside({ event, error, born });
    return 'putAside';
  }
};

/** One message's failure is its own: the others that were received with it are dealt with, and it is there again in time. */
const finishAll = async (
  messages: readonly QueueMessage[],
  drain: Drain,
  counts: Record<Outcome, number>,
): Promise<void> => {
  const failures: unknown[] = [];
  for (const message of messages) {
    try {
      if (!drain.hasTime()) throw notDrained('no time for more');
      counts[await finish(message, drain)] += 1;
      await drain.failures.remove(message);
    } catch (error) {
      failures.push(error);
      // Where that fails too, it is hidden for a while, and counts as in flight.
      await drain.failures.release(message, hiddenAfter(message.tries)).catch(() => undefined);
    }
  }
  if (failures.length > 0) throw failures[0];
};

const drainInto = async (counts: Record<Outcome, number>, drain: Drain): Promise<void> => {
  const { failures, hasTime } = drain;
  const inFlight = await failures.inFlight();
  for (;;) {
    if (!hasTime()) throw notDrained('no time for more');
    const messages = await failures.receive();
    if (messages.length === 0) break;
    await finishAll(messages, drain, counts);
  }
  if (inFlight > 0)
    throw notDrained(
      `${inFlight} that nobody sees now: received by a run that is at work or has died, or set aside for a while after many tries`,
    );
};

/**
 * Takes what failed before out of the function's own queue, so that an hour without Elasticsearch costs no termination. A
 * message is removed only once it is recorded, or put aside for a person; a death in between brings it back. Ends with the first
 * messages among which one fails: that one and what is behind it is left to the next run.
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
