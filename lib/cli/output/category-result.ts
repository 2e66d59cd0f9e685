import { type Finding, isBlocking } from '../../criteria/finding.ts';
import type { Category } from '../../policy/retention-policy.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { Refusal } from '../../purge/guard.ts';
import type { Plan, Totals } from '../../purge/plan.ts';
import type { Report } from '../../purge/report/report.ts';
import type { Verification } from '../../purge/verify.ts';
import { lagsOf } from '../../rules/rule-kinds.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Failure } from '../failure.ts';
import { hasRule } from './rule-text.ts';

/** The result of a command for one category. */
export interface CategoryResult {
  readonly category: Category;
  /**
   * Whether nothing is overdue (no erasure either) or undatable, nothing blocks a run, no run was refused, and every
   * index answered.
   */
  readonly kept: boolean;
  /**
   * Whether no index of it was found during the whole command. A category whose last index a purge dropped is not
   * empty.
   */
  readonly isEmpty: boolean;
  readonly totals: Totals;
  readonly oldestAt?: Instant;
  /** Milliseconds for which the oldest document has been overdue, beyond `maxAge` and `allowedLateness`. */
  readonly overdueBy: number;
  readonly refusals: readonly Refusal[];
  readonly findings: readonly Finding[];
  /** Documents that a purge should have removed but did not. */
  readonly left: number;
}

/** A category that could not be processed. */
export interface Failed {
  readonly category: Category;
  readonly failure: Failure;
  readonly exitCode: ExitCode;
  /** Documents that a purge is known to have removed before it failed. */
  readonly removed?: number;
}

export const isFailed = (result: CategoryResult | Failed): result is Failed => 'failure' in result;

/**
 * Whether a promise is kept. `empty`: the category has no index, so nothing shows that the promise is kept or broken. A
 * typing error in a pattern, or the wrong cluster, looks the same.
 */
export type PromiseState = 'kept' | 'not kept' | 'empty' | 'no rule' | 'unknown';

export const promiseStateOf = (result: CategoryResult | Failed): PromiseState => {
  if (isFailed(result)) return 'unknown';
  if (!hasRule(result.category)) return 'no rule';
  if (!result.kept) return 'not kept';
  return result.isEmpty ? 'empty' : 'kept';
};

/** From a plan and the guard. If every run is refused, no promise is kept for long. */
export const resultOfPlan = (plan: Plan, refusals: readonly Refusal[]): CategoryResult => ({
  category: plan.category,
  kept: plan.totals.overdue === 0 && refusals.length === 0 && !plan.findings.some(isBlocking),
  isEmpty: plan.totals.indices === 0,
  totals: plan.totals,
  ...(plan.oldestAt === undefined ? {} : { oldestAt: plan.oldestAt }),
  overdueBy: lagsOf(plan.category, plan.oldestAt, plan.plannedAt).overdue,
  refusals,
  findings: plan.findings,
  left: 0,
});

/** From a verification, and from the plan of the next run. */
export const resultOfVerification = (
  verification: Verification,
  next: Plan,
  refusals: readonly Refusal[],
): CategoryResult => ({
  ...resultOfPlan(next, refusals),
  kept: verification.kept && refusals.length === 0,
  overdueBy: lagsOf(verification.category, verification.oldestAt, verification.verifiedAt).overdue,
});

export const resultOfReport = (category: Category, report: Report): CategoryResult => {
  const oldestAt = report.oldestAt === undefined ? undefined : Date.parse(report.oldestAt);
  return {
    category,
    kept: report.kept && report.refusals.length === 0,
    isEmpty: report.planned.indices + report.found.indices === 0,
    totals: report.found,
    ...(oldestAt === undefined ? {} : { oldestAt }),
    overdueBy: lagsOf(category, oldestAt, Date.parse(report.verifiedAt)).overdue,
    refusals: report.refusals,
    findings: report.findings,
    left: report.outcome === 'incomplete' ? report.found.due : 0,
  };
};
