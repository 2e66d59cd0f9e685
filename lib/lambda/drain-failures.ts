import type { QueueMessage, SqsQueue } from '../adapters/sqs-queue.ts';
import { isTermination } from '../erasure/bus-event.ts';
import { deadLetterOf } from '../erasure/dead-letter.ts';
import { InputError, messageOf } from '../purge/errors.ts';
import { mustComeBack } from './must-come-back.ts';

/** What a drain works with. */
export interface Drain {
  readonly failures: SqsQueue;
  readonly failureQueueUrl: string;
  readonly deadLetters: SqsQueue;
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
}

type Fate = keyof Drained;

const DONE_BY_THIS_RUN = new Set<unknown>(['Scheduled Event', 'Purge Unfinished']);

const isOvertaken = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && 'detail-type' in event && DONE_BY_THIS_RUN.has(event['detail-type']);

const putAside = async (event: unknown, error: unknown, { deadLetters, failureQueueUrl }: Drain): Promise<Fate> => {
  const code = error instanceof InputError ? error.code : 'unknown-event';
  await deadLetters.send(JSON.stringify({ event, code, reason: messageOf(error), failureQueueUrl }));
  return 'putAside';
};

const settle = async ({ body, reason }: QueueMessage, drain: Drain): Promise<Fate> => {
  const { event } = deadLetterOf(body, reason);
  if (isOvertaken(event)) return 'overtaken';
  try {
    if (!isTermination(event)) throw new Error('not an event that this function takes');
    await drain.record(event);
    return 'recorded';
  } catch (error) {
    if (mustComeBack(event, error)) throw error;
    return putAside(event, error, drain);
  }
};

/**
 * Takes what failed before out of the function's own queue, so that an hour without Elasticsearch costs no termination. A
 * message is removed only once it is recorded, or put aside for a person; a death in between brings it back.
 * @throws whatever kept a termination from being recorded that is right in itself; WorldError when queues do not answer. What is
 * left comes back in the next run.
 */
export const drainFailures = async (drain: Drain): Promise<Drained> => {
  const drained = { recorded: 0, overtaken: 0, putAside: 0 };
  while (drain.hasTime()) {
    const messages = await drain.failures.receive();
    if (messages.length === 0) break;
    for (const message of messages) {
      drained[await settle(message, drain)] += 1;
      await drain.failures.remove(message);
    }
  }
  return drained;
};
