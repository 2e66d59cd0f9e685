import { readDeployment } from '../../adapters/environment/deployment.ts';
import { openQueue, openQueueNamed } from '../../app/queues.ts';
import { isTermination, terminationFromBus } from '../../erasure/intake/bus-event.ts';
import { bornOf, type DeadLetter, deadLetterOf } from '../../erasure/intake/dead-letter.ts';
import type { MessageQueue, QueueMessage } from '../../erasure/intake/message-queue.ts';
import { TerminationError } from '../../erasure/intake/termination-error.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import { InputError } from '../../purge/errors.ts';
import { type Redriven, redriveResult } from '../checks/redrive-result.ts';
import { type Failure, failureOf } from '../failure.ts';
import type { Result } from '../output/result.ts';

/** So many are looked at in one go. */
const MOST = 1_000;

/** A dead letter, and what is done with it. */
interface Letter extends Redriven {
  readonly message: QueueMessage;
}

/** What redriving works with. */
interface Redrive {
  readonly queue: MessageQueue;
  readonly execute: boolean;
  readonly now: Instant;
  /** The queue that takes them all instead of those that they came from. */
  readonly to?: string;
  /** Queues of functions, by name: their address is asked for once. */
  readonly destinations: Map<string, MessageQueue>;
  /** Queues that did not take what was theirs, by name. They are not asked again. */
  readonly failures: Map<string, Failure>;
}

const queueUrl = (): string => {
  const { deadLetterQueueUrl } = readDeployment();
  if (deadLetterQueueUrl !== undefined) return deadLetterQueueUrl;
  throw new InputError('no-queue-named', {
    expected: 'DEAD_LETTER_QUEUE_URL to hold the address of the dead letters',
    found: 'nothing',
    fix: 'Take it from the outputs of the stack (DeadLetterQueue): npx serverless info --stage <stage> --verbose.',
  });
};

/**
 * The queues of the functions that did not take it, which take it out of there in their next run. By their names, among our own: a
 * letter must not send us to an address elsewhere.
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

/** With its age, which the queue that takes it does not know. */
const bodyOf = ({ code, reason, born }: Letter, event: unknown): string =>
  JSON.stringify({ event, code, reason, since: isoInstant(born) });

/** Removed once every function has it; one that gets it twice takes it once. A list of events goes out event by event. */
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

/** What a function would refuse as it is, whatever was mended. How long the ledger remembers is the function's to say. */
const isWrong = (event: unknown, now: Instant): boolean => {
  if (!isTermination(event)) return false;
  try {
    terminationFromBus(event, { now, memory: Number.POSITIVE_INFINITY });
    return false;
  } catch (error) {
    return error instanceof TerminationError;
  }
};

const resend = async (message: QueueMessage, redrive: Redrive): Promise<Letter> => {
  const dead = deadLetterOf(message.body, message.reason);
  const from = redrive.to === undefined ? queueNamesOf(dead, message) : [redrive.to];
  const isStillWrong = !dead.isReport && isWrong(dead.event, redrive.now);
  const letter: Letter = { ...dead, from, message, born: bornOf(dead, message.sentAt), isStillWrong, isDone: false };
  if (!redrive.execute) return letter;
  // Who executes has read what it says: there is nothing to send.
  if (dead.isReport) {
    await redrive.queue.remove(message);
    return { ...letter, isDone: true };
  }
  const isToSend = !isStillWrong && from.length > 0 && !from.some((name) => redrive.failures.has(name));
  return isToSend ? send(letter, redrive) : letter;
};

/**
 * Each is sent again as it is received, so that an end in the middle hides no others. Those that are kept stay hidden from us
 * until all have been seen.
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
    // What was received comes back after a while: who finds nothing else has seen it all.
  } while (letters.size > before && letters.size < MOST);
  // What is not released, since we looked at it for too long, comes back all the same.
  for (const { isDone, message } of letters.values())
    if (!isDone) await redrive.queue.release(message).catch(() => undefined);
  return [...letters.values()];
};

/**
 * `redrive`: looks at what was given up, says why each failed and how old it is, and with `--execute` sends it again. It never removes a
 * letter that names somebody unless every function has it.
 * @param to the name of the queue that takes them, where those that they came from are no longer drained.
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
  return redriveResult(letters, { ...redrive, isCutOff: letters.length >= MOST });
};
