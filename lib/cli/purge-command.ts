import { randomUUID } from 'node:crypto';
import { closeBooks } from '../erasure/close-books.ts';
import type { Issued } from '../erasure/issue-receipts.ts';
import type { Category } from '../policy/retention-policy.ts';
import type { Plan } from '../purge/plan.ts';
import { type Progress, purge } from '../purge/purge.ts';
import type { Report } from '../purge/report.ts';
import { EXIT, type ExitCode, worstOf } from './exit-code.ts';
import { exitCodeOf, type Failure, failureOf, INTERRUPTED } from './failure.ts';
import { failurePage } from './findings-page.ts';
import { ENDING, type Interruption, watchInterruption } from './interruption.ts';
import type { Page } from './page.ts';
import { amount, planCategories, totalToRemove } from './plan-command.ts';
import { type ProgressLine, progressLine, progressText } from './progress-line.ts';
import { isAgreed } from './question.ts';
import { purgedAmount, reportSection } from './report-section.ts';
import { categoryJson, categorySection, type Result, sessionJson, verdictPage } from './result.ts';
import { count } from './say.ts';
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
  /** What came of the receipts; a failure there does not undo the run. */
  readonly receipts: Issued | { readonly failure: Failure; readonly exitCode: ExitCode };
}

const receiptsAfter = async (
  { policy, cluster, erasure, ports }: Session,
  category: Category,
  { erasures }: Report,
): Promise<Purged['receipts']> => {
  if (erasures === undefined) return { issued: 0, waiting: 0 };
  try {
    return await closeBooks({ policy, category, cluster }, erasure, ports.clock());
  } catch (thrown) {
    return { failure: failureOf(thrown), exitCode: exitCodeOf(thrown) };
  }
};

const receiptsExitCode = (result: Purged | Failed): readonly ExitCode[] =>
  !isFailed(result) && 'failure' in result.receipts ? [result.receipts.exitCode] : [];

const receiptsPage = ({ receipts }: Purged): Page => {
  if ('failure' in receipts) return ['  receipts that are due were not issued:', ...failurePage(receipts.failure)];
  const { issued, waiting } = receipts;
  return [
    ...(issued > 0 ? [`  ${count(issued, 'receipt', 'receipts')} issued: see npx es-retention receipt`] : []),
    ...(waiting > 0 ? [`  ${count(waiting, 'receipt waits', 'receipts wait')} for another category`] : []),
  ];
};

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
  const reports = results.flatMap((result) => (isFailed(result) ? [] : [result.report]));
  const verdict = verdictOf(results, now, [purgedAmount(reports, choice.execute && session.policy.mode === 'enforce')]);
  return {
    page: [
      ...verdictPage(verdict, session),
      ...(choice.execute ? [] : ['Dry run: nothing was destroyed. Add --execute to purge.']),
      ...results.flatMap((result) =>
        categorySection(result, (purged) => [...reportSection(purged.report), ...receiptsPage(purged)]),
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
    exitCode: worstOf([verdict.exitCode, ...results.flatMap(receiptsExitCode)]),
  };
};
