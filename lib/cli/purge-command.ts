import { randomUUID } from 'node:crypto';
import type { Category } from '../policy/retention-policy.ts';
import type { Plan } from '../purge/plan.ts';
import { type Progress, purge } from '../purge/purge.ts';
import type { Report } from '../purge/report.ts';
import { EXIT, worstOf } from './exit-code.ts';
import { INTERRUPTED } from './failure.ts';
import { ENDING, type Interruption, watchInterruption } from './interruption.ts';
import { amount, planCategories, totalToRemove } from './plan-command.ts';
import { type ProgressLine, progressLine, progressText } from './progress-line.ts';
import { isAgreed } from './question.ts';
import { type Receipts, receiptsAfter, receiptsClauses, receiptsPage } from './receipts-after.ts';
import { purgedAmount, reportSection } from './report-section.ts';
import { categoryJson, categorySection, type Result, sessionJson, verdictPage } from './result.ts';
import { forEachCategory, type Session } from './session.ts';
import { type Failed, isFailed, type Standing, standingOfReport } from './standing.ts';
import { canAsk, progressStream, type Terminal } from './terminal.ts';
import { verdictOf } from './verdict.ts';

/** What `--execute` and `--yes` said. */
export interface PurgeChoice {
  readonly execute: boolean;
  readonly yes: boolean;
}

interface Purged extends Standing {
  readonly report: Report;
  readonly receipts: Receipts;
}

const notReached = (category: Category): Failed => ({
  category,
  failure: {
    code: INTERRUPTED,
    message: 'interrupted before this category was reached',
    expected: 'time to work on this category',
    found: 'that the run was broken off before',
    wayOut: 'Nothing of it was touched: run the command again, or leave it to the next run.',
  },
  exitCode: EXIT.left,
});

const progressOf = (category: Category, line: ProgressLine, clock: () => number): Progress => {
  let total = 0;
  let removed = 0;
  let startedAt = 0;
  return {
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

const purgeCategories = async (
  session: Session,
  execute: boolean,
  line: ProgressLine,
  interruption: Interruption,
): Promise<(Purged | Failed)[]> => {
  const { policy, categories, cluster, ports } = session;
  return forEachCategory(categories, 1, async (category): Promise<Purged | Failed> => {
    if (interruption.requested()) return notReached(category);
    line.show(`${category.id}: counting`);
    const report = await purge(
      {
        runId: randomUUID(),
        trigger: { source: 'command-line' },
        dryRun: !execute,
        cluster,
        policy,
        category,
        budget: { remaining: () => (interruption.requested() ? 0 : Number.POSITIVE_INFINITY) },
        progress: progressOf(category, line, ports.clock),
      },
      ports,
    );
    const receipts = await receiptsAfter(session, category, report);
    return { ...standingOfReport(category, report), report, receipts };
  }).finally(line.clear);
};

/** Whether somebody was asked and said no; undefined when nobody had to be asked. */
const declined = async (
  session: Session,
  { execute, yes }: PurgeChoice,
  terminal: Terminal,
): Promise<Result | undefined> => {
  if (!execute || yes || session.policy.mode === 'observe' || !canAsk(terminal)) return undefined;
  const planned = await planCategories(session);
  const total = totalToRemove(planned);
  if (total.documents === 0 || (await isAgreed(session, planned, terminal))) return undefined;
  const now = session.ports.clock();
  const verdict = {
    ...verdictOf(planned, now, [`nothing purged: ${amount(total)} are left`]),
    exitCode: EXIT.left,
  };
  return {
    page: verdictPage(verdict, session),
    json: {
      ...sessionJson('purge', session, verdict),
      declined: true,
      categories: planned.map((result) => categoryJson(result, now)),
    },
    exitCode: verdict.exitCode,
  };
};

/** `purge`: removes what is expired, or with neither `--execute` nor `mode: enforce` says what it would remove. */
export const purgeCommand = async (
  session: Session,
  choice: PurgeChoice,
  terminal: Terminal,
  process: NodeJS.Process,
): Promise<Result> => {
  const refusal = await declined(session, choice, terminal);
  if (refusal !== undefined) return refusal;

  const line = progressLine(progressStream(terminal), session.ports.clock);
  const interruption = watchInterruption(process, () => {
    line.clear();
    terminal.stderr.write(`${ENDING}\n`);
  });
  const results = await purgeCategories(session, choice.execute, line, interruption).finally(interruption.stop);

  const now = session.ports.clock();
  const purged = results.flatMap((result) => (isFailed(result) ? [] : [result]));
  const reports = purged.map(({ report }) => report);
  const receipts = purged.map((each) => each.receipts);
  const said = verdictOf(results, now, [
    purgedAmount(reports, choice.execute && session.policy.mode === 'enforce'),
    ...receiptsClauses(receipts),
  ]);
  const unissued = receipts.flatMap((each) => ('failure' in each ? [each.exitCode] : []));
  const verdict = { ...said, exitCode: worstOf([said.exitCode, ...unissued]) };
  return {
    page: [
      ...verdictPage(verdict, session),
      ...(choice.execute ? [] : ['Dry run: nothing was destroyed. Add --execute to purge.']),
      ...results.flatMap((result) =>
        categorySection(result, (purged) => [...reportSection(purged.report), ...receiptsPage(purged.receipts)]),
      ),
    ],
    json: {
      ...sessionJson('purge', session, verdict),
      dryRun: !choice.execute,
      interrupted: interruption.requested(),
      categories: results.map((result) => ({
        ...categoryJson(result, now),
        ...(isFailed(result) ? {} : { report: result.report, receipts: result.receipts }),
      })),
    },
    exitCode: verdict.exitCode,
  };
};
