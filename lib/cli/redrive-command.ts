import { readDeployment } from '../adapters/deployment.ts';
import { type QueueMessage, type SqsQueue, sqsQueue, urlOfQueue } from '../adapters/sqs-queue.ts';
import { type DeadLetter, deadLetterOf } from '../erasure/dead-letter.ts';
import { InputError } from '../purge/errors.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { type Failure, failureOf } from './failure.ts';
import { failurePage } from './findings-page.ts';
import type { Page } from './page.ts';
import type { Result } from './result.ts';
import { count, number } from './say.ts';

/** So many are looked at in one go. */
const MOST = 1_000;

/** A dead letter, and what is done with it. */
interface Letter extends DeadLetter {
  readonly message: QueueMessage;
  /** The names of the queues of the functions that did not take it; none when nobody knows. */
  readonly from: readonly string[];
  /** Sent again to each of these functions. */
  readonly isSent: boolean;
}

/** What redriving works with. */
interface Redrive {
  readonly queue: SqsQueue;
  readonly execute: boolean;
  /** The queue that takes them all instead of those that they came from. */
  readonly to?: string;
  /** Queues of functions, by name: their address is asked for once. */
  readonly destinations: Map<string, SqsQueue>;
  /** Queues that did not take what was theirs, by name. They are not asked again. */
  readonly failures: Map<string, Failure>;
}

const queueUrl = (): string => {
  const { deadLetterQueueUrl } = readDeployment();
  if (deadLetterQueueUrl !== undefined) return deadLetterQueueUrl;
  throw new InputError('no-queue-named', {
    expected: 'DEAD_LETTER_QUEUE_URL to hold the address of the dead letters',
    found: 'nothing',
    wayOut: 'Take it from the outputs of the stack (DeadLetterQueue): npx serverless info --stage <stage> --verbose.',
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

const destinationOf = async (name: string, { destinations }: Redrive): Promise<SqsQueue> => {
  const destination = destinations.get(name) ?? sqsQueue(await urlOfQueue(name));
  destinations.set(name, destination);
  return destination;
};

/** Removed once every function has it; one that gets it twice takes it once. A list of events goes out event by event. */
const send = async (letter: Letter, redrive: Redrive): Promise<Letter> => {
  let to = '';
  try {
    for (to of letter.from)
      for (const event of [letter.event].flat()) await (await destinationOf(to, redrive)).send(JSON.stringify(event));
    await redrive.queue.remove(letter.message);
    return { ...letter, isSent: true };
  } catch (error) {
    redrive.failures.set(to, failureOf(error));
    return letter;
  }
};

const settle = async (message: QueueMessage, redrive: Redrive): Promise<Letter> => {
  const dead = deadLetterOf(message.body, message.reason);
  const from = redrive.to === undefined ? queueNamesOf(dead, message) : [redrive.to];
  const letter: Letter = { ...dead, from, message, isSent: false };
  const isToSend = redrive.execute && from.length > 0 && !from.some((name) => redrive.failures.has(name));
  return isToSend ? send(letter, redrive) : letter;
};

/**
 * Each is settled as it is received, so that an end in the middle hides no others. Those that are kept stay hidden from us
 * until all have been seen.
 */
const settleAll = async (redrive: Redrive): Promise<readonly Letter[]> => {
  const letters = new Map<string, Letter>();
  let before: number;
  do {
    before = letters.size;
    for (const message of await redrive.queue.receive()) {
      const known = letters.get(message.id);
      letters.set(message.id, known === undefined ? await settle(message, redrive) : { ...known, message });
    }
    // What was received comes back after a while: who finds nothing else has seen it all.
  } while (letters.size > before && letters.size < MOST);
  // What is not released, since we looked at it for too long, comes back all the same.
  for (const { isSent, message } of letters.values())
    if (!isSent) await redrive.queue.release(message).catch(() => undefined);
  return [...letters.values()];
};

const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : 'unknown');

/** What an event is, without whom it is about. */
const describeEvent = ({ event }: DeadLetter) => ({
  type: textOf(fieldOf(event, 'detail-type')),
  requestId: textOf(fieldOf(fieldOf(event, 'detail'), 'requestId') ?? fieldOf(event, 'id')),
});

const table = (letters: readonly Letter[]): Page =>
  letters.length === 0
    ? []
    : [
        {
          columns: [
            { title: 'Event' },
            { title: 'Request' },
            { title: 'Sent' },
            { title: 'Code' },
            { title: 'Why it failed' },
          ],
          rows: letters.map((letter) => {
            const { type, requestId } = describeEvent(letter);
            return [type, requestId, letter.isSent ? 'again' : '–', letter.code, letter.reason];
          }),
        },
      ];

const remarks = (letters: readonly Letter[], { execute, failures }: Redrive): Page => {
  const left = letters.filter(({ isSent }) => !isSent);
  return [
    ...[...failures.values()].flatMap(failurePage),
    ...(!execute && left.length > 0 ? ['Mend what is the matter, then add --execute to send them again.'] : []),
    ...(execute && left.some(({ from }) => from.length === 0)
      ? ['Those without a word where they came from are not sent: look at them in SQS.']
      : []),
    ...(left.length < letters.length ? ['Each function takes its own out of its failure queue in its next run.'] : []),
    ...(letters.length >= MOST ? [`More may wait than these ${number(letters.length)}: run it again.`] : []),
  ];
};

const exitCodeAfter = (letters: readonly Letter[], { failures }: Redrive): ExitCode => {
  if (failures.size > 0) return EXIT.failed;
  return letters.length >= MOST || letters.some(({ isSent }) => !isSent) ? EXIT.left : EXIT.done;
};

/**
 * `redrive`: looks at what was given up, says why each failed, and with `--execute` sends it again.
 * @param to the name of the queue that takes them, where those that they came from are no longer drained.
 */
export const redriveCommand = async (execute: boolean, to?: string): Promise<Result> => {
  const redrive: Redrive = {
    queue: sqsQueue(queueUrl()),
    execute,
    ...(to !== undefined && { to }),
    destinations: new Map(),
    failures: new Map(),
  };
  const letters = await settleAll(redrive);
  const sent = letters.filter(({ isSent }) => isSent).length;
  const verdict = `Dead letters: ${number(letters.length)}${execute ? ` · ${count(sent, 'was', 'were')} sent again` : ''}`;
  const exitCode = exitCodeAfter(letters, redrive);
  return {
    page: [{ text: verdict, style: 'bold' }, ...table(letters), ...remarks(letters, redrive)],
    json: {
      command: 'redrive',
      verdict,
      exitCode,
      dryRun: !execute,
      failures: [...redrive.failures].map(([queue, error]) => ({ queue, error })),
      letters: letters.map((letter) => ({
        ...describeEvent(letter),
        code: letter.code,
        reason: letter.reason,
        sent: letter.isSent,
      })),
    },
    exitCode,
  };
};
