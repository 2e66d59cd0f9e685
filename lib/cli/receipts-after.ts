import { closeBooks } from '../erasure/close-books.ts';
import type { Issued } from '../erasure/issue-receipts.ts';
import type { Category } from '../policy/retention-policy.ts';
import type { Report } from '../purge/report.ts';
import type { ExitCode } from './exit-code.ts';
import { exitCodeOf, type Failure, failureOf } from './failure.ts';
import { failurePage } from './findings-page.ts';
import type { Page } from './page.ts';
import { count } from './say.ts';
import type { Session } from './session.ts';

/** What came of the receipts after a run; a failure there does not undo the run. */
export type Receipts = Issued | { readonly failure: Failure; readonly exitCode: ExitCode };

/**
 * Closes the books of a category after a run that meant to destroy, one that its guard refused too, and keeps what goes wrong
 * there apart from the run.
 */
export const receiptsAfter = async (
  { policy, cluster, erasure, ports }: Session,
  category: Category,
  { dryRun, mode }: Report,
): Promise<Receipts> => {
  if (dryRun || mode === 'observe') return { issued: [] };
  try {
    return await closeBooks({ policy, category, cluster }, erasure, ports.clock());
  } catch (thrown) {
    return { failure: failureOf(thrown), exitCode: exitCodeOf(thrown) };
  }
};

/** What the verdict says of receipts that are due and were not issued: nothing, where there are none. */
export const receiptsClauses = (receipts: readonly Receipts[]): readonly string[] => {
  const codes = receipts.flatMap((each) => ('failure' in each ? [each.failure.code] : []));
  return codes.length === 0 ? [] : [`receipts not issued (${[...new Set(codes)].join(', ')})`];
};

/** What happened to the receipts of one category. */
export const receiptsPage = (receipts: Receipts): Page => {
  if ('failure' in receipts)
    return ['  The erasures stand; receipts that are due were not issued:', ...failurePage(receipts.failure)];
  const { issued } = receipts;
  return [
    ...(issued.length > 0
      ? [
          `  ${count(issued.length, 'receipt', 'receipts')} issued: node bin/es-retention.mjs receipt --uin … shows them`,
        ]
      : []),
  ];
};
