import { randomUUID } from 'node:crypto';
import type { Category } from '../../policy/retention-policy.ts';
import { isRemoval, type Plan } from '../../purge/plan.ts';
import { type Progress, purge } from '../../purge/purge.ts';
import type { Report } from '../../purge/report/report.ts';
import type { Interruption } from '../consent/interruption.ts';
import type { PurgeChoice } from '../consent/purge-consent.ts';
import { type Receipts, receiptsAfter } from '../erasures/receipts-after-purge.ts';
import { EXIT } from '../exit-code.ts';
import { exitCodeOf, failureOf, INTERRUPTED } from '../failure.ts';
import { type CategoryResult, type Failed, resultOfReport } from '../output/category-result.ts';
import { type ProgressLine, progressText } from '../output/progress-line.ts';
import { savedRunOf } from '../saved/accept-plan.ts';
import { forEachCategory, type Session } from '../session.ts';

/** A category after its purge, with the report and the receipts. */
export interface Purged extends CategoryResult {
  readonly report: Report;
  readonly receipts: Receipts;
}

const notReached = (category: Category): Failed => ({
  category,
  failure: {
    code: INTERRUPTED,
    message: 'interrupted before this category was reached',
    expected: 'enough time to work on this category',
    found: 'that the run was interrupted before',
    fix: 'Nothing was changed there. Run the command again, or wait for the next run.',
  },
  exitCode: EXIT.left,
});

/** Categories at work at once. They share requests when they take the same step at the same moment. */
const PURGED_AT_ONCE = 4;

interface PurgeProgress extends Progress {
  /** Documents removed so far. */
  readonly soFar: () => number;
}

/** Shows the progress of several categories as one line: their sum. */
class SharedProgress {
  readonly #line: ProgressLine;
  readonly #clock: () => number;
  readonly #categories: number;
  #ended = 0;
  #total = 0;
  #removed = 0;
  #startedAt: number | undefined;

  constructor(line: ProgressLine, clock: () => number, categories: number) {
    this.#line = line;
    this.#clock = clock;
    this.#categories = categories;
  }

  /** The progress of one category. */
  of({ id }: Category): PurgeProgress {
    const what = () => (this.#categories === 1 ? id : `${this.#ended} of ${this.#categories} categories`);
    let removedHere = 0;
    this.#line.show(`${id}: counting`);
    return {
      soFar: () => removedHere,
      planned: ({ indices }: Plan) => {
        for (const { action, counts } of indices) if (isRemoval(action)) this.#total += counts?.due ?? 0;
        this.#startedAt ??= this.#clock();
      },
      removed: (documents) => {
        removedHere += documents;
        this.#removed += documents;
        const elapsed = this.#clock() - (this.#startedAt ?? this.#clock());
        this.#line.show(progressText(what(), { removed: this.#removed, total: this.#total, elapsed }));
      },
    };
  }

  ended(): void {
    this.#ended += 1;
  }
}

/** Purges the categories of the session, several at once. Categories that an interruption prevents are reported. */
export const purgeCategories = async (
  session: Session,
  { execute, allowEmpty, throttle: isThrottled, saved }: Omit<PurgeChoice, 'yes'>,
  line: ProgressLine,
  interruption: Interruption,
): Promise<(Purged | Failed)[]> => {
  const { policy, categories, cluster } = session;
  const { throttle, ...unthrottled } = session.ports;
  const ports = isThrottled ? session.ports : unthrottled;
  const shared = new SharedProgress(line, ports.clock, categories.length);
  return forEachCategory(categories, PURGED_AT_ONCE, async (category): Promise<Purged | Failed> => {
    if (interruption.requested()) return notReached(category);
    const progress = shared.of(category);
    const run = {
      runId: randomUUID(),
      trigger: { source: 'command-line' as const },
      dryRun: !execute,
      cluster,
      policy,
      category,
      // Without limit, but for an interruption.
      budget: { remaining: () => (interruption.requested() ? 0 : Number.POSITIVE_INFINITY), ended: INTERRUPTED },
      progress,
      allowEmpty,
      ...(saved !== undefined && { saved: savedRunOf(saved, category) }),
    };
    try {
      const report = await purge(run, ports);
      const receipts = await receiptsAfter(session, category, report, () => !interruption.requested());
      return { ...resultOfReport(category, report), report, receipts };
    } catch (error) {
      return {
        category,
        failure: failureOf(error),
        exitCode: exitCodeOf(error),
        ...(progress.soFar() > 0 && { removed: progress.soFar() }),
      };
    } finally {
      shared.ended();
    }
  }).finally(line.clear);
};
