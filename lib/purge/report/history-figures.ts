import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import { observedGap, type Schedule } from '../../policy/time/schedule.ts';
import type { Outcome } from '../verify.ts';
import type { PastResult, PastRun, PastRuns, Period } from './run-history.ts';

/** A length of time (milliseconds) in a report, and the run of the report. */
export interface Extreme {
  readonly milliseconds: number;
  readonly runId: string;
  readonly at: Instant;
}

/** A time without a run. */
export interface Gap {
  readonly from: Instant;
  readonly to: Instant;
}

/** The totals of the runs of a category in a period. */
export interface HistoryFigures {
  /** All runs that opened a report. */
  readonly runs: number;
  /** Numbers of runs by their outcome. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Runs without a closed report: they died, or are still at work. */
  readonly unfinished: number;
  /** Runs that found the promise not kept when they ended. */
  readonly notKept: number;
  /** Runs that found overdue documents, before or after their deletions. */
  readonly withOverdue: number;
  /** The largest time for which the oldest document had been expired when a run ended. Absent if none ended. */
  readonly largestLag?: Extreme;
  /** The largest age of the oldest document when a run ended. Absent if no document was dated. */
  readonly oldest?: Extreme;
  readonly documentsRemoved: number;
  readonly indicesDropped: number;
  /** Erasures that were carried out, even if they found nothing. */
  readonly erasures: number;
  /** When the first and the last of the runs began. */
  readonly firstAt?: Instant;
  readonly lastAt?: Instant;
}

const NO_OUTCOMES: HistoryFigures['outcomes'] = { complete: 0, incomplete: 0, refused: 0, observed: 0 };

type Ended = PastRun & { readonly ended: PastResult };

const hasEnded = (run: PastRun): run is Ended => run.ended !== undefined;

const sumOf = (runs: readonly Ended[], value: (ended: PastResult) => number): number =>
  runs.reduce((sum, { ended }) => sum + value(ended), 0);

const largestOf = (runs: readonly Ended[], value: (ended: PastResult) => number | undefined): Extreme | undefined => {
  let largest: Extreme | undefined;
  for (const { runId, ended } of runs) {
    const milliseconds = value(ended);
    if (milliseconds !== undefined && (largest === undefined || milliseconds > largest.milliseconds))
      largest = { milliseconds, runId, at: ended.finishedAt };
  }
  return largest;
};

/** Sums up the runs of a category. */
export const historyFigures = (runs: readonly PastRun[]): HistoryFigures => {
  const ended = runs.filter(hasEnded);
  const outcomes = { ...NO_OUTCOMES };
  for (const run of ended) outcomes[run.ended.outcome] += 1;
  const [largestLag, oldest] = [
    largestOf(ended, ({ retentionLag }) => retentionLag),
    largestOf(ended, ({ oldestAge }) => oldestAge),
  ];
  const [firstAt, lastAt] = [runs[0]?.startedAt, runs.at(-1)?.startedAt];
  return {
    runs: runs.length,
    outcomes,
    unfinished: runs.length - ended.length,
    notKept: ended.filter((run) => !run.ended.kept).length,
    withOverdue: runs.filter(({ overdueBefore, ended: end }) => overdueBefore + (end?.found.overdue ?? 0) > 0).length,
    ...(largestLag !== undefined && { largestLag }),
    ...(oldest !== undefined && { oldest }),
    documentsRemoved: sumOf(ended, (each) => each.documentsRemoved),
    indicesDropped: sumOf(ended, (each) => each.indicesDropped),
    erasures: sumOf(ended, ({ erasures }) => (erasures?.erased ?? 0) + (erasures?.nothingFound ?? 0)),
    ...(firstAt !== undefined && { firstAt }),
    ...(lastAt !== undefined && { lastAt }),
  };
};

/**
 * The times without a run that closed its report: longer than twice the longest time between two runs of the current
 * schedule.
 * @param schedule of the category; a schedule that ends has no gaps.
 * @param period from its first instant to the first instant after it, which must not be in the future.
 */
export const gapsIn = (
  { runs }: Pick<PastRuns, 'runs'>,
  schedule: Schedule,
  { since, until }: Period,
): readonly Gap[] => {
  const longest = 2 * observedGap(schedule);
  const ended = runs.filter(hasEnded).map(({ startedAt }) => startedAt);
  const times = [since, ...ended, until];
  return times.slice(1).flatMap((to, at) => {
    const from = times[at] ?? since;
    return to - from > longest ? [{ from, to }] : [];
  });
};

/** The UTC day of an instant: `2026-11-24`. */
const dayOf = (instant: Instant): string => isoInstant(instant).slice(0, 10);

/** The runs by the UTC day on which they began, oldest day first. Days without a run are missing. */
export const runsByDay = (runs: readonly PastRun[]): ReadonlyMap<string, readonly PastRun[]> =>
  Map.groupBy(runs, ({ startedAt }) => dayOf(startedAt));
