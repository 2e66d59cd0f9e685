import type { QueueMessage, SqsQueue } from '../adapters/sqs-queue.ts';
import { isTermination } from '../erasure/bus-event.ts';
import { deadLetterOf } from '../erasure/dead-letter.ts';
import { WorldError } from '../purge/errors.ts';
import { mustComeBack } from './must-come-back.ts';

/** What a drain works with. */
export interface Drain {
  readonly failures: SqsQueue;
  /** Keeps for a person what trying again does not help. */
  readonly putAside: (event: unknown, error: unknown) => Promise<void>;
  /** Records a termination event of the bus. */
  readonly record: (event: unknown) => Promise<unknown>;
  /** Whether there is time for more. */
  readonly hasTime: () => boolean;
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

type Fate = Exclude<keyof Drained, 'leftBecause'>;

const DONE_BY_THIS_RUN = new Set<unknown>(['Scheduled Event', 'Purge Unfinished']);

/** What a schedule put there is one, in whatever form; but a termination is recorded whoever put it there. */
const isOvertaken = (event: unknown, { isFromSchedule }: QueueMessage): boolean =>
  !isTermination(event) &&
  (isFromSchedule ||
    (typeof event === 'object' &&
      event !== null &&
      'detail-type' in event &&
      DONE_BY_THIS_RUN.has(event['detail-type'])));

const notDrained = (found: string): WorldError =>
  new WorldError('not-drained', {
    expected: 'to have heard of everything that waits in the failure queue',
    found,
    wayOut: 'The next run goes on; what was received and not dealt with is there again after a quarter of an hour.',
  });

const settle = async (message: QueueMessage, drain: Drain): Promise<Fate> => {
  const { event } = deadLetterOf(message.body, message.reason);
  if (isOvertaken(event, message)) return 'overtaken';
  try {
    if (!isTermination(event)) throw new Error('not an event that this function takes');
    await drain.record(event);
    return 'recorded';
  } catch (error) {
    if (mustComeBack(event, error)) throw error;
    await drain.putAside(event, error);
    return 'putAside';
  }
};

/** One message's failure is its own: the others that were received with it are dealt with, and it is there again at once. */
const settleAll = async (
  messages: readonly QueueMessage[],
  drain: Drain,
  counts: Record<Fate, number>,
): Promise<void> => {
  const failures: unknown[] = [];
  for (const message of messages) {
    try {
      if (!drain.hasTime()) throw notDrained('no time for more');
      counts[await settle(message, drain)] += 1;
      await drain.failures.remove(message);
    } catch (error) {
      failures.push(error);
      // Where that fails too, it is hidden for a while, and counts as in flight.
      await drain.failures.release(message).catch(() => undefined);
    }
  }
  if (failures.length > 0) throw failures[0];
};

const drainInto = async (counts: Record<Fate, number>, drain: Drain): Promise<void> => {
  const { failures, hasTime } = drain;
  const inFlight = await failures.inFlight();
  for (;;) {
    if (!hasTime()) throw notDrained('no time for more');
    const messages = await failures.receive();
    if (messages.length === 0) break;
    await settleAll(messages, drain, counts);
  }
  if (inFlight > 0) throw notDrained(`${inFlight} received by a run that is at work, or has died`);
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
