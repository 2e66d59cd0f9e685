import { randomUUID } from 'node:crypto';
import type { Category } from '../../policy/retention-policy.ts';
import type { Plan } from '../../purge/plan.ts';
import { type Progress, purge } from '../../purge/purge.ts';
import type { Report } from '../../purge/report/report.ts';
import type { Interruption } from '../consent/interruption.ts';
import type { PurgeChoice } from '../consent/purge-consent.ts';
import { type Receipts, receiptsAfter } from '../erasures/receipts-after.ts';
import { EXIT } from '../exit-code.ts';
import { exitCodeOf, failureOf, INTERRUPTED } from '../failure.ts';
import { type CategoryResult, type Failed, resultOfReport } from '../output/category-result.ts';
import { type ProgressLine, progressText } from '../output/progress-line.ts';
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

interface PurgeProgress extends Progress {
  /** Documents removed so far. */
  readonly soFar: () => number;
}

const progressOf = (category: Category, line: ProgressLine, clock: () => number): PurgeProgress => {
  let total = 0;
  let removed = 0;
  let startedAt = 0;
  return {
    soFar: () => removed,
    planned: (plan: Plan) => {
      total = plan.indices.reduce(
        (sum, { action, counts }) => sum + (action === 'drop' || action === 'delete' ? (counts?.due ?? 0) : 0),
        0,
      );
      startedAt = clock();
    },
    removed: (documents) => {
      removed += documents;
      line.show(progressText(category.id, { removed, total, elapsed: clock() - startedAt }));
    },
  };
};

/** Purges the categories of the session, one after the other. Categories that an interruption prevents are reported. */
export const purgeCategories = async (
  session: Session,
  { execute, allowEmpty }: Pick<PurgeChoice, 'execute' | 'allowEmpty'>,
  line: ProgressLine,
  interruption: Interruption,
): Promise<(Purged | Failed)[]> => {
  const { policy, categories, cluster, ports } = session;
  return forEachCategory(categories, 1, async (category): Promise<Purged | Failed> => {
    if (interruption.requested()) return notReached(category);
    line.show(`${category.id}: counting`);
    const progress = progressOf(category, line, ports.clock);
    const run = {
      runId: randomUUID(),
      trigger: { source: 'command-line' as const },
      dryRun: !execute,
      cluster,
      policy,
      category,
      budget: { remaining: () => (interruption.requested() ? 0 : Number.POSITIVE_INFINITY) },
      progress,
      allowEmpty,
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
    }
  }).finally(line.clear);
};
