import { InputError } from '../purge/errors.ts';
import type { Finding } from '../purge/finding.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { exitCodeOf, type Failure, failureOf } from './failure.ts';
import { failurePage, findingsPage } from './findings-page.ts';
import type { Page } from './page.ts';
import type { Session } from './session.ts';
import { erasureTroubles } from './troubles.ts';

/** Whether the ledger has forgotten anything or was altered, in whatever category. */
export interface LedgerCheck {
  readonly findings: readonly Finding[];
  /** Why it could not be asked. */
  readonly failure?: Failure;
  readonly exitCode: ExitCode;
}

/** A key for categories that owe no erasures sees no ledger: that is no failure of theirs. */
const isNoneOfOurs = ({ categories }: Pick<Session, 'categories'>, error: unknown): boolean =>
  error instanceof InputError &&
  error.code === 'missing-privilege' &&
  categories.every(({ rules }) => rules.termination === undefined);

const checked = async (session: Session, ask: () => Promise<readonly Finding[]>): Promise<LedgerCheck> => {
  try {
    const findings = await ask();
    return { findings, exitCode: findings.length > 0 ? EXIT.left : EXIT.done };
  } catch (error) {
    return {
      findings: [],
      failure: failureOf(error),
      exitCode: isNoneOfOurs(session, error) ? EXIT.done : exitCodeOf(error),
    };
  }
};

/** Asks whether the ledger has forgotten anything, whichever categories were chosen. Changes nothing, and throws nothing. */
export const checkLedger = (session: Session): Promise<LedgerCheck> => {
  const { policy, ports } = session;
  const now = ports.clock();
  return checked(session, async () => [
    ...(await ports.witness.findings([...policy.categories.values()], now)),
    ...(await ports.witness.orphans(now)),
  ]);
};

/** Asks only what is owed in categories that the policy does not know. Changes nothing, and throws nothing. */
export const checkOrphans = (session: Session): Promise<LedgerCheck> =>
  checked(session, () => session.ports.witness.orphans(session.ports.clock()));

/** What is not said of a category already. */
const unsaid = ({ findings }: LedgerCheck, said: readonly Finding[]): readonly Finding[] =>
  findings.filter(({ code, found }) => !said.some((each) => each.code === code && each.found === found));

/**
 * What a verdict says of the ledger: `not kept: 1 erasure that no rule answers for`.
 * @param said findings that the verdict knows by a category.
 */
export const ledgerClauses = (check: LedgerCheck, said: readonly Finding[] = []): readonly string[] => {
  const troubles = erasureTroubles(unsaid(check, said));
  return [
    ...(troubles.length === 0 ? [] : [`not kept: ${troubles.join(', ')}`]),
    ...(check.failure === undefined ? [] : [`ledger not examined (${check.failure.code})`]),
  ];
};

/** The same with the way out. */
export const ledgerSection = (check: LedgerCheck, said: readonly Finding[] = []): Page => {
  const findings = unsaid(check, said);
  if (findings.length === 0 && check.failure === undefined) return [];
  return [
    '',
    [{ text: 'Ledger', style: 'bold' }],
    ...findingsPage(findings),
    ...(check.failure === undefined ? [] : failurePage(check.failure)),
  ];
};

/** The same for programs. */
export const ledgerJson = ({ findings, failure }: LedgerCheck) => ({
  findings,
  ...(failure !== undefined && { error: failure }),
});
