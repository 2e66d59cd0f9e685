import { readDeploymentSettings } from '../../../adapters/environment/deployment.ts';
import { openQueue, openQueueNamed } from '../../../app/queues.ts';
import { InputError } from '../../../base/errors.ts';
import { AccountEventError } from '../../../erasure/events/account-event-error.ts';
import { eventFromBus, isAccountEvent } from '../../../erasure/intake/bus-event.ts';
import { type DeadLetter, deadLetterOf, letterEventTime } from '../../../erasure/intake/dead-letter.ts';
import type { MessageQueue, QueueMessage } from '../../../erasure/intake/message-queue.ts';
import { type Instant, isoInstant } from '../../../policy/time/instant.ts';
import { type Failure, failureOf } from '../../failure.ts';
import type { Result } from '../../output/result.ts';
import { type Redriven, redriveResult } from './redrive-result.ts';

/** The maximum number of dead letters looked at in one command. */
const MAX_LETTERS = 1_000;

/** A dead letter, and the action that was taken. */
interface Letter extends Redriven {
  readonly message: QueueMessage;
}

/** What redriving needs. */
interface Redrive {
  readonly queue: MessageQueue;
  readonly execute: boolean;
  readonly now: Instant;
  /** The name of a queue that gets all messages instead of their original queues. */
  readonly to?: string;
  /** Failure queues by name, so that each URL is looked up once. */
  readonly destinations: Map<string, MessageQueue>;
  /** Failure queues that did not accept messages, by name. They are not tried again. */
  readonly failures: Map<string, Failure>;
}

const queueUrl = (): string => {
  const { deadLetterQueueUrl } = readDeploymentSettings();
  if (deadLetterQueueUrl !== undefined && URL.canParse(deadLetterQueueUrl)) return deadLetterQueueUrl;
  throw new InputError('no-queue-named', {
    expected: 'DEAD_LETTER_QUEUE_URL to hold the address of the dead letters, which begins with https://',
    found: deadLetterQueueUrl === undefined ? 'nothing' : 'something else',
    fix: 'Take it from the outputs of the stack (DeadLetterQueue): npx serverless info --stage <stage> --verbose.',
  });
};

/**
 * The failure queues of the functions that did not take the event; their next runs read it there. Only the names are
 * used, and looked up among our own queues: a forged dead letter must not direct us to a foreign URL.
 */
const queueNamesOf = ({ failureQueueUrls }: DeadLetter, { cameFrom }: QueueMessage): readonly string[] => {
  const named = failureQueueUrls.flatMap((url) => url.split('/').at(-1) ?? []);
  return named.length > 0 || cameFrom === undefined ? named : [cameFrom];
};

const destinationOf = async (name: string, { destinations }: Redrive): Promise<MessageQueue> => {
  const destination = destinations.get(name) ?? (await openQueueNamed(name));
  destinations.set(name, destination);
  return destination;
};

/** The event with its age, which the receiving queue does not know. */
const bodyOf = ({ code, reason, born }: Letter, event: unknown): string =>
  JSON.stringify({ event, code, reason, since: isoInstant(born) });

/**
 * A letter is removed after every function has it. A function that gets it twice records it once. A list of events is
 * sent event by event.
 */
const send = async (letter: Letter, redrive: Redrive): Promise<Letter> => {
  let to = '';
  try {
    for (to of letter.from)
      for (const event of [letter.event].flat()) await (await destinationOf(to, redrive)).send(bodyOf(letter, event));
    await redrive.queue.remove(letter.message);
    return { ...letter, isDone: true };
  } catch (error) {
    redrive.failures.set(to, failureOf(error));
    return letter;
  }
};

/**
 * Whether a function would refuse the unchanged event, whatever was repaired. Only the function knows how long its
 * ledger remembers.
 */
const isWrong = (event: unknown, now: Instant): boolean => {
  if (!isAccountEvent(event)) return false;
  try {
    eventFromBus(event, { now, memory: Number.POSITIVE_INFINITY });
    return false;
  } catch (error) {
    return error instanceof AccountEventError;
  }
};

const resend = async (message: QueueMessage, redrive: Redrive): Promise<Letter> => {
  const dead = deadLetterOf(message.body, message.reason);
  const from = redrive.to === undefined ? queueNamesOf(dead, message) : [redrive.to];
  const isStillWrong = !dead.isReport && isWrong(dead.event, redrive.now);
  const letter: Letter = {
    ...dead,
    from,
    message,
    born: letterEventTime(dead, message.sentAt),
    isStillWrong,
    isDone: false,
  };
  if (!redrive.execute) return letter;
  // A report contains no event to send. The person who executes the command has read it.
  if (dead.isReport) {
    await redrive.queue.remove(message);
    return { ...letter, isDone: true };
  }
  const isToSend = !isStillWrong && from.length > 0 && !from.some((name) => redrive.failures.has(name));
  return isToSend ? send(letter, redrive) : letter;
};

/**
 * Each letter is sent again as soon as it is received, so that an interruption hides no others. Letters that are kept
 * stay hidden from us until all have been seen.
 */
const resendAll = async (redrive: Redrive): Promise<readonly Letter[]> => {
  const letters = new Map<string, Letter>();
  let before: number;
  do {
    before = letters.size;
    for (const message of await redrive.queue.receive()) {
      const known = letters.get(message.id);
      letters.set(message.id, known === undefined ? await resend(message, redrive) : { ...known, message });
    }
    // A received message becomes visible again after a while. If nothing new is received, all have been seen.
  } while (letters.size > before && letters.size < MAX_LETTERS);
  // A message that is not released here, because its time has expired, becomes visible by itself.
  for (const { isDone, message } of letters.values())
    if (!isDone) await redrive.queue.release(message).catch(() => undefined);
  return [...letters.values()];
};

/**
 * `redrive`: shows each dead letter, why it failed and how old it is. With `--execute`, sends it again. It must never
 * remove a letter that names somebody before every function has it.
 * @param to the name of the queue that gets all messages, if nobody reads their original queues any more.
 */
export const redriveCommand = async (execute: boolean, to?: string): Promise<Result> => {
  const redrive: Redrive = {
    queue: openQueue(queueUrl()),
    execute,
    now: Date.now(),
    ...(to !== undefined && { to }),
    destinations: new Map(),
    failures: new Map(),
  };
  const letters = await resendAll(redrive);
  return redriveResult(letters, { ...redrive, isCutOff: letters.length >= MAX_LETTERS });
};
