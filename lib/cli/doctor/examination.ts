import { setTimeout as sleep } from 'node:timers/promises';
import type { RetentionError } from '../../base/errors.ts';
import type { Finding } from '../../criteria/finding.ts';
import { PolicyError, placeOf } from '../../policy/parsing/policy-error.ts';
import { failureOf } from '../failure.ts';

/** A finding of `doctor`. */
export type Found = Omit<Finding, 'code'> & { readonly code: string };

/** The parts of a setup that are checked, in the order of output. */
const CHECKS = [
  'settings',
  'policy',
  'cluster',
  'privileges',
  'own indices',
  'clock',
  'mappings',
  'coverage',
  'keys',
  'archive',
  'bus',
  'queues',
] as const;

type CheckName = (typeof CHECKS)[number];

/** `not checked`: something else is in the way, or it took too long. `not needed`: this setup has no use for it. */
export type CheckState = 'well' | 'notice' | 'wrong' | 'not checked' | 'not needed';

/** What a check says. */
export interface Looked {
  /** A few words about what was found. */
  readonly note: string;
  readonly findings?: readonly Found[];
  /** Absent: by the findings. */
  readonly state?: CheckState;
}

/** A check, and what it says. */
export interface Examined {
  readonly check: CheckName;
  readonly state: CheckState;
  readonly note: string;
  readonly findings: readonly Found[];
}

/** What is thrown where a check needs something that another check has found wrong. */
class InTheWay extends Error {}

/** Ends a check because it needs something that is not there. The other check names what is wrong. */
export const needs = (what: string): never => {
  throw new InTheWay(`needs ${what}`);
};

/** Anything that was thrown, as findings. Each problem of a policy is one. */
const foundIn = (thrown: unknown): readonly Found[] => {
  if (thrown instanceof PolicyError)
    return thrown.problems.map((problem) => ({
      code: 'policy',
      severity: 'blocking' as const,
      expected: problem.expected,
      fix: problem.fix,
      found: `${placeOf(problem)}: ${problem.found}`,
    }));
  const { code, expected, found, fix } = failureOf(thrown);
  return [{ code, severity: 'blocking', expected, found, fix }];
};

const LATE = Symbol('late');

const late = (seconds: number): Looked => ({
  state: 'not checked',
  note: `no answer within ${seconds} s`,
  findings: [
    {
      code: 'timeout',
      severity: 'blocking',
      expected: `an answer within ${seconds} seconds`,
      found: 'none',
      fix: 'Check the address, the network between, and the load there. Then run doctor again.',
    },
  ],
});

const stateBy = (findings: readonly Found[]): CheckState =>
  findings.length === 0 ? 'well' : findings.some(({ severity }) => severity === 'blocking') ? 'wrong' : 'notice';

const failed = (thrown: unknown): Looked => {
  if (thrown instanceof InTheWay) return { state: 'not checked', note: thrown.message };
  const findings = foundIn(thrown);
  return { note: findings[0]?.code ?? '', findings };
};

/** The checks of an examination. */
export type Checks = Readonly<Record<CheckName, () => Promise<Looked>>>;

/**
 * Carries out all checks side by side, for a limited time. Whatever one of them throws or finds, the others go on.
 * @param within milliseconds for all of them together.
 */
export const examine = async (checks: Checks, within: number): Promise<readonly Examined[]> => {
  const ended = new AbortController();
  const limit = sleep(within, LATE, { signal: ended.signal }).catch(() => LATE);
  const one = async (check: CheckName): Promise<Examined> => {
    const looked = await Promise.race([checks[check]().catch(failed), limit]);
    const {
      note,
      findings = [],
      state = stateBy(findings),
    } = looked === LATE ? late(Math.ceil(within / 1_000)) : (looked as Looked);
    return { check, state, note, findings };
  };
  try {
    return await Promise.all(CHECKS.map(one));
  } finally {
    ended.abort();
  }
};

/** Collects the errors of several steps, so that none hides another. */
export const allFound = async (steps: readonly (() => unknown)[]): Promise<readonly Found[]> => {
  const results = await Promise.allSettled(steps.map(async (step) => step()));
  return results.flatMap((result) => (result.status === 'rejected' ? foundIn(result.reason as RetentionError) : []));
};
