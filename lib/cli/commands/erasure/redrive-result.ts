import type { DeadLetter } from '../../../erasure/intake/dead-letter.ts';
import { MESSAGE_LIFE } from '../../../erasure/intake/message-age.ts';
import { describeDuration } from '../../../policy/time/duration.ts';
import { type Instant, isoInstant } from '../../../policy/time/instant.ts';
import { EXIT, type ExitCode } from '../../exit-code.ts';
import type { Failure } from '../../failure.ts';
import { failurePage } from '../../output/findings-page.ts';
import { count, number } from '../../output/format.ts';
import type { Page } from '../../output/page.ts';
import type { Result } from '../../output/result.ts';

/** A dead letter, and the action that was taken. */
export interface Redriven extends DeadLetter {
  /** The names of the failure queues whose functions did not take it; empty if unknown. */
  readonly from: readonly string[];
  /** When its event occurred. */
  readonly born: Instant;
  /** Its event would be refused again, because its content is wrong. */
  readonly isStillWrong: boolean;
  /** It was sent again to each of these functions. For a report: it was removed. */
  readonly isDone: boolean;
}

/** The overall result. */
interface RedriveRun {
  readonly execute: boolean;
  readonly now: Instant;
  /** Failure queues that did not accept messages, by name. */
  readonly failures: ReadonlyMap<string, Failure>;
  /** Whether there may be more dead letters. */
  readonly isCutOff: boolean;
}

const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : 'unknown');

/** Describes an event without naming its subject. */
const describeEvent = ({ event }: DeadLetter) => ({
  type: textOf(fieldOf(event, 'detail-type')),
  requestId: textOf(fieldOf(fieldOf(event, 'detail'), 'requestId') ?? fieldOf(event, 'id')),
});

const isSent = ({ isDone, isReport }: Redriven): boolean => isDone && !isReport;

const fateText = ({ isDone, isReport, isStillWrong }: Redriven): string => {
  if (isReport) return isDone ? 'report, removed' : 'report';
  if (isDone) return 'again';
  return isStillWrong ? 'still wrong' : '–';
};

const table = (letters: readonly Redriven[], { now }: RedriveRun): Page =>
  letters.length === 0
    ? []
    : [
        {
          columns: [
            { title: 'Event' },
            { title: 'Request' },
            { title: 'Age' },
            { title: 'Sent' },
            { title: 'Code' },
            { title: 'Why it failed' },
          ],
          rows: letters.map((letter) => {
            const { type, requestId } = describeEvent(letter);
            const age = describeDuration(Math.max(0, now - letter.born));
            return [type, requestId, age, fateText(letter), letter.code, letter.reason];
          }),
        },
      ];

const REPORT =
  'A report tells of an event that was too old to be kept: have it sent again under a new id, or record it by hand. --execute removes it.';
const STILL_WRONG =
  'What is still wrong is not sent: have a correct one sent under a new id, then delete the letter in SQS.';
const TOO_OLD = `What is older than ${describeDuration(MESSAGE_LIFE)} gets one more try: the next run records it, or keeps a report of it that names nobody.`;

const remarks = (letters: readonly Redriven[], { execute, failures, now, isCutOff }: RedriveRun): Page => {
  const left = letters.filter(({ isDone }) => !isDone);
  const isOld = ({ born, isReport }: Redriven): boolean => !isReport && now - born > MESSAGE_LIFE;
  const isLost = ({ from, isReport }: Redriven): boolean => !isReport && from.length === 0;
  return [
    ...[...failures.values()].flatMap(failurePage),
    ...(!execute && left.length > 0 ? ['Fix the cause, then add --execute to send them again.'] : []),
    ...(letters.some(({ isReport }) => isReport) ? [REPORT] : []),
    ...(left.some(({ isStillWrong }) => isStillWrong) ? [STILL_WRONG] : []),
    ...(letters.some(isOld) ? [TOO_OLD] : []),
    ...(execute && left.some(isLost)
      ? ['Those without a word where they came from are not sent: look at them in SQS.']
      : []),
    ...(letters.some(isSent) ? ['Each function takes its own out of its failure queue in its next run.'] : []),
    ...(isCutOff ? [`More may wait than these ${number(letters.length)}: run it again.`] : []),
  ];
};

const exitCodeAfter = (letters: readonly Redriven[], { failures, isCutOff }: RedriveRun): ExitCode => {
  if (failures.size > 0) return EXIT.failed;
  return isCutOff || letters.some(({ isDone }) => !isDone) ? EXIT.left : EXIT.done;
};

/** The result of `redrive`. */
export const redriveResult = (letters: readonly Redriven[], outcome: RedriveRun): Result => {
  const { execute, failures } = outcome;
  const sent = letters.filter(isSent).length;
  const summary = `Dead letters: ${number(letters.length)}${execute ? ` · ${count(sent, 'was', 'were')} sent again` : ''}`;
  const exitCode = exitCodeAfter(letters, outcome);
  return {
    page: [{ text: summary, style: 'bold' }, ...table(letters, outcome), ...remarks(letters, outcome)],
    json: {
      command: 'redrive',
      summary,
      exitCode,
      dryRun: !execute,
      failures: [...failures].map(([queue, error]) => ({ queue, error })),
      letters: letters.map((letter) => ({
        ...describeEvent(letter),
        since: isoInstant(letter.born),
        code: letter.code,
        reason: letter.reason,
        sent: isSent(letter),
        isReport: letter.isReport === true,
        removed: letter.isDone && letter.isReport === true,
        isStillWrong: letter.isStillWrong,
      })),
    },
    exitCode,
  };
};
