import { Gathering, type Unreached } from '../../erasure/gathering.ts';
import { isForbidden } from '../../purge/errors.ts';
import type { Finding } from '../../purge/finding.ts';
import { unreachedClauses, unreachedExitCode, unreachedJson, unreachedSection } from '../checks/unreached.ts';
import { EXIT, type ExitCode, worstOf } from '../exit-code.ts';
import { exitCodeOf, type Failure, failureOf } from '../failure.ts';
import { failurePage, findingsPage } from '../output/findings-page.ts';
import type { Page } from '../output/page.ts';
import { erasureProblems } from '../output/problems.ts';
import type { Session } from '../session.ts';

/** Whether the ledger has forgotten anything or was altered, in whatever category. */
export interface LedgerCheck {
  readonly findings: readonly Finding[];
  /** Categories whose ledger or event log could not be asked, and why. */
  readonly unreached: readonly Unreached[];
  /** Why nothing could be asked at all. */
  readonly failure?: Failure;
  readonly exitCode: ExitCode;
}

/** A key for categories that owe no erasures sees no ledger: that is no failure of theirs. */
const isNoneOfOurs = ({ categories }: Pick<Session, 'categories'>, error: unknown): boolean =>
  isForbidden(error) && categories.every(({ rules }) => rules.termination === undefined);

const checked = async (
  session: Session,
  gathering: Gathering,
  ask: () => Promise<readonly Finding[]>,
): Promise<LedgerCheck> => {
  const codeOf = (error: unknown, code: ExitCode): ExitCode => (isNoneOfOurs(session, error) ? EXIT.done : code);
  try {
    const findings = await ask();
    const { unreached } = gathering;
    const codes = unreached.map((each) => codeOf(each.error, unreachedExitCode([each])));
    return { findings, unreached, exitCode: worstOf([...codes, findings.length > 0 ? EXIT.left : EXIT.done]) };
  } catch (error) {
    const exitCode = codeOf(error, exitCodeOf(error));
    return { findings: [], unreached: gathering.unreached, failure: failureOf(error), exitCode };
  }
};

/**
 * Asks whether the ledger has forgotten anything, whichever categories were chosen. Changes nothing, and throws nothing. One category that
 * does not answer does not keep the others from being asked.
 * @param gathering knows the categories that did not answer before.
 */
export const checkLedger = (session: Session, gathering: Gathering = new Gathering()): Promise<LedgerCheck> => {
  const { policy, ports } = session;
  const categories = [...policy.categories.values()];
  return checked(session, gathering, () => ports.witness.examine(categories, ports.clock(), gathering));
};

/** Asks only what is owed in categories that the policy does not know. Changes nothing, and throws nothing. */
export const checkOrphans = (session: Session): Promise<LedgerCheck> => {
  const gathering = new Gathering();
  return checked(session, gathering, () => session.ports.witness.orphans(session.ports.clock(), gathering));
};

/** What a summary knows already: findings by their category, and categories that failed. */
export interface Said {
  readonly findings: readonly Finding[];
  readonly failed: readonly string[];
}

const NOTHING_SAID: Said = { findings: [], failed: [] };

/** What is not said of a category already. */
const unsaid = ({ findings, unreached }: LedgerCheck, said: Said) => ({
  findings: findings.filter(
    ({ code, found }) => !said.findings.some((each) => each.code === code && each.found === found),
  ),
  unreached: unreached.filter(({ category }) => !said.failed.includes(category)),
});

/**
 * What a summary says of the ledger: `not kept: 1 erasure that no rule answers for`.
 * @param said what the summary says otherwise.
 */
export const ledgerClauses = (check: LedgerCheck, said: Said = NOTHING_SAID): readonly string[] => {
  const { findings, unreached } = unsaid(check, said);
  const problems = erasureProblems(findings);
  return [
    ...(problems.length === 0 ? [] : [`not kept: ${problems.join(', ')}`]),
    ...unreachedClauses(unreached),
    ...(check.failure === undefined ? [] : [`ledger not examined (${check.failure.code})`]),
  ];
};

/** The same with the fix. */
export const ledgerSection = (check: LedgerCheck, said: Said = NOTHING_SAID): Page => {
  const { findings, unreached } = unsaid(check, said);
  const isTold = findings.length > 0 || check.failure !== undefined;
  return [
    ...unreachedSection(unreached),
    ...(isTold ? ['', [{ text: 'Ledger', style: 'bold' } as const]] : []),
    ...findingsPage(findings),
    ...(check.failure === undefined ? [] : failurePage(check.failure)),
  ];
};

/** The same for programs. */
export const ledgerJson = ({ findings, unreached, failure }: LedgerCheck) => ({
  findings,
  unreached: unreachedJson(unreached),
  ...(failure !== undefined && { error: failure }),
});
