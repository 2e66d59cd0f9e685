import { ENDING, listenForInterruption } from '../../consent/interruption.ts';
import { declined, type PurgeChoice } from '../../consent/purge-consent.ts';
import { type CommandProcess, progressStream, type Terminal } from '../../consent/terminal.ts';
import { checkOrphans, ledgerClauses, ledgerJson, ledgerSection } from '../../erasures/ledger-check.ts';
import { receiptsClauses, receiptsExitCode, receiptsPage } from '../../erasures/receipts-after-purge.ts';
import { worstOf } from '../../exit-code.ts';
import { type CategoryResult, type Failed, isFailed } from '../../output/category-result.ts';
import { count } from '../../output/format.ts';
import { progressLine } from '../../output/progress-line.ts';
import { categoryJson, categorySection, type Result, sessionJson, summaryPage } from '../../output/result.ts';
import { summaryOf } from '../../output/summary.ts';
import { purgeCategories } from '../../runs/purge-categories.ts';
import type { Session } from '../../session.ts';
import { purgedAmount, reportSection } from './report-section.ts';

/** Documents that were removed by failed runs, which have no report. */
const removedByFailed = (results: readonly (CategoryResult | Failed)[]): readonly string[] => {
  const removed = results.reduce((sum, result) => sum + (isFailed(result) ? (result.removed ?? 0) : 0), 0);
  return removed === 0 ? [] : [`and at least ${count(removed, 'document', 'documents')} by what failed afterwards`];
};

/** `purge`: removes the due documents. Without `--execute` and `mode: enforce`, it only shows what it would remove. */
export const purgeCommand = async (
  session: Session,
  choice: PurgeChoice,
  terminal: Terminal,
  process: CommandProcess,
): Promise<Result> => {
  const declination = await declined(session, choice, terminal);
  if (declination !== undefined) return declination;

  const line = progressLine(progressStream(terminal), session.ports.clock);
  const interruption = listenForInterruption(process, () => {
    line.clear();
    terminal.stderr.write(`${ENDING}\n`);
  });
  const results = await purgeCategories(session, choice, line, interruption).finally(interruption.stop);

  const now = session.ports.clock();
  const purged = results.flatMap((result) => (isFailed(result) ? [] : [result]));
  const reports = purged.map(({ report }) => report);
  const receipts = purged.map((each) => each.receipts);
  const amount = purgedAmount(reports, choice.execute && session.policy.mode === 'enforce');
  const done = [amount, ...removedByFailed(results), ...receiptsClauses(receipts)];
  const orphans = await checkOrphans(session);
  const beside = { clauses: ledgerClauses(orphans), exitCode: orphans.exitCode };
  const said = summaryOf(results, now, { done, allowEmpty: choice.allowEmpty, beside });
  const summary = { ...said, exitCode: worstOf([said.exitCode, receiptsExitCode(receipts)]) };
  return {
    page: [
      ...summaryPage(summary, session),
      ...(choice.execute ? [] : ['Dry run: nothing was destroyed. Add --execute to purge.']),
      ...results.flatMap((result) =>
        categorySection(result, (purged) => [...reportSection(purged.report), ...receiptsPage(purged.receipts)]),
      ),
      ...ledgerSection(orphans),
    ],
    json: {
      ...sessionJson('purge', session, summary),
      dryRun: !choice.execute,
      interrupted: interruption.requested(),
      ledger: ledgerJson(orphans),
      categories: results.map((result) => ({
        ...categoryJson(result, now),
        ...(isFailed(result)
          ? { ...(result.removed !== undefined && { documentsRemoved: result.removed }) }
          : { report: result.report, receipts: result.receipts }),
      })),
    },
    exitCode: summary.exitCode,
  };
};
