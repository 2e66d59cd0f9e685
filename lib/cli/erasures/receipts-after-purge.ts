import { finishErasures } from '../../erasure/due/finish-erasures.ts';
import type { Issued } from '../../erasure/receipts/issue-receipts.ts';
import type { Category } from '../../policy/retention-policy.ts';
import type { Report } from '../../purge/report/report.ts';
import { EXIT, type ExitCode, worstOf } from '../exit-code.ts';
import { exitCodeOf, type Failure, failureOf } from '../failure.ts';
import { failurePage } from '../output/findings-page.ts';
import { count } from '../output/format.ts';
import type { Page } from '../output/page.ts';
import type { Session } from '../session.ts';

/**
 * The result for the receipts after a run, with the requests that got a receipt. A failure here does not affect the
 * run.
 */
export type Receipts =
  | (Omit<Issued, 'issued'> & { readonly issued: readonly string[] })
  | { readonly failure: Failure; readonly exitCode: ExitCode };

/**
 * Finishes the erasures of a category after a run, unless it was a dry run. Runs that the guard refused count too.
 * Errors here do not affect the run.
 * @param hasTime whether there is time for more; the next run does the rest.
 */
export const receiptsAfter = async (
  { policy, cluster, erasure, ports }: Session,
  category: Category,
  { dryRun }: Report,
  hasTime: () => boolean,
): Promise<Receipts> => {
  if (dryRun) return { issued: [], left: 0 };
  const issued: string[] = [];
  const onIssued = (requestId: string) => void issued.push(requestId);
  try {
    const { left, unproven } = await finishErasures({ policy, category, cluster }, erasure, ports.clock(), {
      hasTime,
      onIssued,
    });
    return { issued, left, ...(unproven !== undefined && { unproven }) };
  } catch (thrown) {
    return { failure: failureOf(thrown), exitCode: exitCodeOf(thrown) };
  }
};

const unprovenOf = (receipts: Receipts): number => ('failure' in receipts ? 0 : (receipts.unproven ?? 0));

const unprovenClause = (unproven: number): string =>
  `not kept: ${count(unproven, 'entry', 'entries')} with a closed erasure that nobody can prove`;

/** The clauses for a summary about receipts that are due and were not issued; empty if there are none. */
export const receiptsClauses = (receipts: readonly Receipts[]): readonly string[] => {
  const codes = receipts.flatMap((each) => ('failure' in each ? [each.failure.code] : []));
  const left = receipts.reduce((sum, each) => sum + ('failure' in each ? 0 : each.left), 0);
  const unproven = receipts.reduce((sum, each) => sum + unprovenOf(each), 0);
  return [
    ...(codes.length === 0 ? [] : [`receipts not issued (${[...new Set(codes)].join(', ')})`]),
    ...(left === 0 ? [] : [`${count(left, 'receipt', 'receipts')} left to the next run`]),
    ...(unproven === 0 ? [] : [unprovenClause(unproven)]),
  ];
};

/** Their effect on the exit code. */
export const receiptsExitCode = (receipts: readonly Receipts[]): ExitCode =>
  worstOf(
    receipts.map((each) => {
      if ('failure' in each) return each.exitCode;
      return each.left + unprovenOf(each) > 0 ? EXIT.left : EXIT.done;
    }),
  );

/** The section about the receipts of one category. */
export const receiptsPage = (receipts: Receipts): Page => {
  if ('failure' in receipts)
    return ['  The erasures stand; receipts that are due were not issued:', ...failurePage(receipts.failure)];
  const { issued, left } = receipts;
  return [
    ...(issued.length > 0
      ? [
          `  ${count(issued.length, 'receipt', 'receipts')} issued: node bin/es-retention.mjs receipt --uin … shows them`,
        ]
      : []),
    ...(left > 0 ? [`  ${count(left, 'receipt', 'receipts')} left to the next run`] : []),
    ...(unprovenOf(receipts) > 0
      ? [
          `  ${unprovenClause(unprovenOf(receipts))}: no receipt is issued for it. Find out who edited the ledger; then node bin/es-retention.mjs replay.`,
        ]
      : []),
  ];
};
