import { readDeployment } from '../adapters/deployment.ts';
import { type QueueMessage, type SqsQueue, sqsQueue, urlOfQueue } from '../adapters/sqs-queue.ts';
import { type DeadLetter, deadLetterOf } from '../erasure/dead-letter.ts';
import { InputError } from '../purge/errors.ts';
import { EXIT } from './exit-code.ts';
import type { Page } from './page.ts';
import type { Result } from './result.ts';
import { count } from './say.ts';

/** So many are looked at in one go. */
const MOST = 1_000;

/** A dead letter, and what is done with it. */
interface Letter extends DeadLetter {
  readonly message: QueueMessage;
  /** Sent again to the function that did not take it. */
  readonly isSent: boolean;
}

const queueUrl = (): string => {
  const { deadLetterQueueUrl } = readDeployment();
  if (deadLetterQueueUrl !== undefined) return deadLetterQueueUrl;
  throw new InputError('no-queue-named', {
    expected: 'DEAD_LETTER_QUEUE_URL to hold the address of the dead letters',
    found: 'nothing',
    wayOut: 'Take it from the stack: aws sqs get-queue-url --queue-name es-retention-<stage>-dead-letters.',
  });
};

const receiveAll = async (queue: SqsQueue): Promise<readonly QueueMessage[]> => {
  const all = new Map<string, QueueMessage>();
  while (all.size < MOST) {
    const messages = await queue.receive();
    if (messages.length === 0) break;
    for (const message of messages) all.set(message.id, message);
  }
  return [...all.values()];
};

/** Back to the function that did not take it: it takes it out of its own queue in its next run. */
const destinationOf = async (
  { failureQueueUrl }: DeadLetter,
  { cameFrom }: QueueMessage,
): Promise<string | undefined> => failureQueueUrl ?? (cameFrom === undefined ? undefined : urlOfQueue(cameFrom));

const settle = async (message: QueueMessage, queue: SqsQueue, execute: boolean): Promise<Letter> => {
  const letter = deadLetterOf(message.body, message.reason);
  const destination = execute ? await destinationOf(letter, message) : undefined;
  if (destination === undefined) {
    await queue.release(message);
    return { ...letter, message, isSent: false };
  }
  await sqsQueue(destination).send(JSON.stringify(letter.event));
  await queue.remove(message);
  return { ...letter, message, isSent: true };
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

/** `redrive`: looks at what was given up, says why each failed, and with `--execute` sends it again. */
export const redriveCommand = async (execute: boolean): Promise<Result> => {
  const queue = sqsQueue(queueUrl());
  const letters: Letter[] = [];
  for (const message of await receiveAll(queue)) letters.push(await settle(message, queue, execute));
  const sent = letters.filter(({ isSent }) => isSent).length;
  const left = letters.length - sent;
  const verdict = `Dead letters: ${letters.length}${execute ? ` · ${count(sent, 'was', 'were')} sent again` : ''}`;
  const exitCode = left > 0 ? EXIT.left : EXIT.done;
  return {
    page: [
      { text: verdict, style: 'bold' },
      ...table(letters),
      ...(!execute && left > 0 ? ['Mend what is the matter, then add --execute to send them again.'] : []),
      ...(execute && left > 0 ? ['Those not sent do not say where they came from: look at them in SQS.'] : []),
      ...(sent > 0 ? ['Each function takes its own out of its failure queue in its next run.'] : []),
    ],
    json: {
      command: 'redrive',
      verdict,
      exitCode,
      dryRun: !execute,
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
