import { isForbidden } from '../../base/errors.ts';
import type { Finding } from '../../criteria/finding.ts';
import { CategoryVisit, type Unreached } from '../../erasure/recording/category-visit.ts';
import { EXIT, type ExitCode, worstOf } from '../exit-code.ts';
import { exitCodeOf, type Failure, failureOf } from '../failure.ts';
import { failurePage, findingsPage } from '../output/findings-page.ts';
import type { Page } from '../output/page.ts';
import { erasureProblems } from '../output/problems.ts';
import { unreachedClauses, unreachedExitCode, unreachedJson, unreachedSection } from '../output/unreached.ts';
import type { Session } from '../session.ts';

/** Whether a ledger has lost entries or was altered, in any category. */
export interface LedgerCheck {
  readonly findings: readonly Finding[];
  /** Categories whose ledger or event log could not be read, and why. */
  readonly unreached: readonly Unreached[];
  /** Why no category could be asked. */
  readonly failure?: Failure;
  readonly exitCode: ExitCode;
}

/** A key for categories that owe no erasures cannot see the ledger. This is no failure. */
const isExpectedWithoutErasures = ({ categories }: Pick<Session, 'categories'>, error: unknown): boolean =>
  isForbidden(error) && categories.every(({ rules }) => rules.termination === undefined);

const checked = async (
  session: Session,
  visit: CategoryVisit,
  ask: () => Promise<readonly Finding[]>,
): Promise<LedgerCheck> => {
  const codeOf = (error: unknown, code: ExitCode): ExitCode =>
    isExpectedWithoutErasures(session, error) ? EXIT.done : code;
  try {
    const findings = await ask();
    const { unreached } = visit;
    const codes = unreached.map((each) => codeOf(each.error, unreachedExitCode([each])));
    return { findings, unreached, exitCode: worstOf([...codes, findings.length > 0 ? EXIT.left : EXIT.done]) };
  } catch (error) {
    const exitCode = codeOf(error, exitCodeOf(error));
    return { findings: [], unreached: visit.unreached, failure: failureOf(error), exitCode };
  }
};

/**
 * Checks whether the ledger has lost anything, whatever categories were chosen. Changes nothing and never throws. A
 * category that does not answer does not stop the others.
 * @param visit knows the categories that did not answer before.
 */
export const checkLedger = (session: Session, visit: CategoryVisit = new CategoryVisit()): Promise<LedgerCheck> => {
  const { policy, ports } = session;
  const categories = [...policy.categories.values()];
  return checked(session, visit, () => ports.witness.examine(categories, ports.clock(), visit));
};

/** Checks only the erasures that are owed in categories outside the policy. Changes nothing and never throws. */
export const checkOrphans = (session: Session): Promise<LedgerCheck> => {
  const visit = new CategoryVisit();
  return checked(session, visit, () => session.ports.witness.orphans(session.ports.clock(), visit));
};

/** The content that a summary already has: findings by category, and failed categories. */
export interface AlreadyInSummary {
  readonly findings: readonly Finding[];
  readonly failed: readonly string[];
}

const EMPTY_SUMMARY: AlreadyInSummary = { findings: [], failed: [] };

/** The results that the summary does not contain yet. */
const notYetInSummary = ({ findings, unreached }: LedgerCheck, said: AlreadyInSummary) => ({
  findings: findings.filter(
    ({ code, found }) => !said.findings.some((each) => each.code === code && each.found === found),
  ),
  unreached: unreached.filter(({ category }) => !said.failed.includes(category)),
});

/**
 * The clauses for a summary about the ledger: `not kept: 1 erasure that no rule answers for`.
 * @param said the content that the summary already has.
 */
export const ledgerClauses = (check: LedgerCheck, said: AlreadyInSummary = EMPTY_SUMMARY): readonly string[] => {
  const { findings, unreached } = notYetInSummary(check, said);
  const problems = erasureProblems(findings);
  return [
    ...(problems.length === 0 ? [] : [`not kept: ${problems.join(', ')}`]),
    ...unreachedClauses(unreached),
    ...(check.failure === undefined ? [] : [`ledger not examined (${check.failure.code})`]),
  ];
};

/** The section for people, with the fix. */
export const ledgerSection = (check: LedgerCheck, said: AlreadyInSummary = EMPTY_SUMMARY): Page => {
  const { findings, unreached } = notYetInSummary(check, said);
  const isTold = findings.length > 0 || check.failure !== undefined;
  return [
    ...unreachedSection(unreached),
    ...(isTold ? ['', [{ text: 'Ledger', style: 'bold' } as const]] : []),
    ...findingsPage(findings),
    ...(check.failure === undefined ? [] : failurePage(check.failure)),
  ];
};

/** The keys for programs. */
export const ledgerJson = ({ findings, unreached, failure }: LedgerCheck) => ({
  findings,
  unreached: unreachedJson(unreached),
  ...(failure !== undefined && { error: failure }),
});
