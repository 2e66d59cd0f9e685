import { randomUUID } from 'node:crypto';
import { InputError, TransientError } from '../../../base/errors.ts';
import { type BackfillResult, backfillDates } from '../../../maintenance/backfill-dates.ts';
import type { Category } from '../../../policy/retention-policy.ts';
import { cutoffOf, overdueBefore } from '../../../policy/time/cutoff.ts';
import { type Instant, isoInstant, parseInstant } from '../../../policy/time/instant.ts';
import type { LeaseStore } from '../../../purge/lease.ts';
import { ageText } from '../../../rules/age.ts';
import { ENDING, type Interruption, listenForInterruption } from '../../consent/interruption.ts';
import type { CommandProcess, Terminal } from '../../consent/terminal.ts';
import { EXIT } from '../../exit-code.ts';
import { INTERRUPTED } from '../../failure.ts';
import { findingsPage } from '../../output/findings-page.ts';
import { count } from '../../output/format.ts';
import type { Page } from '../../output/page.ts';
import type { Result } from '../../output/result.ts';
import type { Session } from '../../session.ts';

/** The values of `--ingested-at`, `--execute` and `--index`. */
export interface BackfillChoice {
  readonly ingestedAt: Instant;
  readonly execute: boolean;
  /** The one index to work on. Absent: all indices of the category. */
  readonly index?: string;
}

/**
 * Reads the value of `--ingested-at`.
 * @throws InputError `bad-instant`
 */
export const readIngestedAt = (text: string): Instant => {
  const instant = parseInstant(text);
  if (instant !== undefined) return instant;
  throw new InputError('bad-instant', {
    expected: 'an ISO 8601 instant with its zone after --ingested-at, such as 2026-11-01T00:00:00Z',
    found: `"${text}"`,
    fix: 'Give an instant at which all these documents were certainly in the cluster.',
  });
};

/** Leases that count as lost once a person wants to end: the run then stops between two requests and releases them. */
const interruptible = (leases: LeaseStore, interruption: Interruption): LeaseStore => ({
  ...leases,
  acquire: async (categoryId, runId) => {
    const lease = await leases.acquire(categoryId, runId);
    const assertLeased = async (): Promise<void> => {
      if (!interruption.requested()) return lease.assertLeased();
      throw new TransientError(INTERRUPTED, {
        expected: 'enough time to date all documents',
        found: 'that the run was interrupted',
        fix: 'Documents that were dated stay dated. Run the command again for the rest.',
      });
    };
    return { ...lease, assertLeased };
  },
});

/** Short texts on why not everything was dated. */
const shortcomings = ({ obstacles, notTaken, uncounted }: BackfillResult): readonly string[] => {
  const withObstacles = new Set(obstacles.map(({ index }) => index)).size;
  return [
    ...(withObstacles > 0 ? [`${count(withObstacles, 'index', 'indices')} not dated, or not wholly`] : []),
    ...(notTaken > 0 ? [`${count(notTaken, 'document', 'documents')} written, and not dated so`] : []),
    ...(uncounted.length > 0 ? [`${count(uncounted.length, 'index', 'indices')} not counted`] : []),
  ];
};

const summaryLine = (
  { id }: Category,
  backfilled: BackfillResult,
  index: string | undefined,
  destroys: boolean,
): string => {
  const { datable, dated, left, ingestedAt } = backfilled;
  const where = index === undefined ? id : `${id} in ${index}`;
  return [
    ...(destroys
      ? [
          `Dated: ${count(dated, 'document', 'documents')} of ${where} with ${ingestedAt}`,
          `${count(left, 'undatable document', 'undatable documents')} left`,
        ]
      : [`Would date: ${count(datable, 'undatable document', 'undatable documents')} of ${where} with ${ingestedAt}`]),
    ...shortcomings(backfilled),
  ].join(' · ');
};

/** A note on the consequence, if the instant is already older than the promise allows. */
const consequence = ({ id, rules: { age } }: Category, at: Instant, now: Instant): Page => {
  if (age === undefined || at >= cutoffOf(now, age)) return [];
  if (at >= overdueBefore(now, age))
    return [`With that they are expired at once: older than ${ageText(age)}. The next purge removes them.`];
  return [
    `With that they are overdue at once: older than ${ageText(age)} and ${age.allowedLateness.iso}. verify calls the promise of ${id} broken until a purge has removed them.`,
  ];
};

/** `backfill-dates`: writes an instant that a person vouches for into documents without a date. */
export const backfillDatesCommand = async (
  session: Session,
  category: Category,
  { ingestedAt, execute, index }: BackfillChoice,
  terminal: Terminal,
  process: CommandProcess,
): Promise<Result> => {
  const { policy, policyFile, ports } = session;
  const interruption = listenForInterruption(process, () => terminal.stderr.write(`${ENDING}\n`));
  const backfilled = await backfillDates(
    { runId: randomUUID(), dryRun: !execute, policy, category },
    { ...ports, leases: interruptible(ports.leases, interruption) },
    { ingestedAt, ...(index !== undefined && { index }) },
  ).finally(interruption.stop);

  const observes = policy.mode === 'observe';
  const summary = summaryLine(category, backfilled, index, execute && !observes);
  const { left, notTaken, uncounted, obstacles } = backfilled;
  const isDated = (execute && !observes ? backfilled.dated : backfilled.datable) > 0;
  const exitCode = left + notTaken + uncounted.length + obstacles.length > 0 ? EXIT.left : EXIT.done;
  return {
    page: [
      { text: summary, style: 'bold' },
      ...(backfilled.indices > 0
        ? []
        : [
            `No index of ${category.id} is there: check that this is the cluster you mean, and the pattern in the policy.`,
          ]),
      ...(observes
        ? [`mode: observe in ${policyFile}: nothing was changed. To date them, write mode: enforce there.`]
        : []),
      ...(execute ? [] : ['Dry run: nothing was changed. Add --execute to date them.']),
      `Documents that ${category.timestampField} does not date get ${category.ingestedField} ${isoInstant(ingestedAt)}, and age out from then on.`,
      ...(isDated ? consequence(category, ingestedAt, ports.clock()) : []),
      ...findingsPage(obstacles, Number.POSITIVE_INFINITY),
      ...uncounted.map(
        (name) => `Not counted: ${name}. node bin/es-retention.mjs plan --category ${category.id} says why.`,
      ),
    ],
    json: {
      command: 'backfill-dates',
      summary,
      exitCode,
      policy: { file: policyFile, version: policy.version, mode: policy.mode },
      category: category.id,
      dryRun: !execute,
      ...backfilled,
    },
    exitCode,
  };
};
