import type { Category } from '../../policy/retention-policy.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { type Finding, isBlocking } from '../../purge/finding.ts';
import type { Refusal } from '../../purge/guard.ts';
import type { Plan, Totals } from '../../purge/plan.ts';
import type { Report } from '../../purge/report/report.ts';
import type { Verification } from '../../purge/verify.ts';
import { lagOf } from '../../rules/rule-kinds.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Failure } from '../failure.ts';
import { hasRule } from './rule-text.ts';

/** How one category stands, by what a command has just found. */
export interface CategoryStatus {
  readonly category: Category;
  /** Nothing overdue, no erasure either, nothing undatable, nothing in the way, no run refused, every index answered, at this moment. */
  readonly kept: boolean;
  /** No index of it was found, at no moment of the command: one whose last index a purge has dropped is not empty. */
  readonly isEmpty: boolean;
  readonly totals: Totals;
  readonly oldestAt?: Instant;
  /** Milliseconds by which the oldest document outlived `maxAge` and `allowedLateness` together. */
  readonly overdueBy: number;
  readonly refusals: readonly Refusal[];
  readonly findings: readonly Finding[];
  /** Documents that a purge set out to remove and did not. */
  readonly left: number;
}

/** A category that could not be worked on. */
export interface Failed {
  readonly category: Category;
  readonly failure: Failure;
  readonly exitCode: ExitCode;
  /** Documents that a purge removed before it failed, as far as it knows. */
  readonly removed?: number;
}

export const isFailed = (result: CategoryStatus | Failed): result is Failed => 'failure' in result;

/**
 * What can be said of a promise. `empty`: no index of the category is there, so that nothing was found to keep or to break;
 * a slip in a pattern looks the same, and so does the wrong cluster.
 */
export type PromiseState = 'kept' | 'not kept' | 'empty' | 'no rule' | 'unknown';

/** What a command found of a category's promise. */
export const stateOf = (result: CategoryStatus | Failed): PromiseState => {
  if (isFailed(result)) return 'unknown';
  if (!hasRule(result.category)) return 'no rule';
  if (!result.kept) return 'not kept';
  return result.isEmpty ? 'empty' : 'kept';
};

/** By a plan, and what the guard says of it: where every run is refused, no promise is kept for long. */
export const statusOfPlan = (plan: Plan, refusals: readonly Refusal[]): CategoryStatus => ({
  category: plan.category,
  kept: plan.totals.overdue === 0 && refusals.length === 0 && !plan.findings.some(isBlocking),
  isEmpty: plan.totals.indices === 0,
  totals: plan.totals,
  ...(plan.oldestAt === undefined ? {} : { oldestAt: plan.oldestAt }),
  overdueBy: lagOf(plan.category, plan.oldestAt, plan.plannedAt).overdue,
  refusals,
  findings: plan.findings,
  left: 0,
});

/** By a verification, and what the next run would plan on the same facts. */
export const statusOfVerification = (
  verification: Verification,
  next: Plan,
  refusals: readonly Refusal[],
): CategoryStatus => ({
  ...statusOfPlan(next, refusals),
  kept: verification.kept && refusals.length === 0,
  overdueBy: lagOf(verification.category, verification.oldestAt, verification.verifiedAt).overdue,
});

/** By the report of a run. */
export const statusOfReport = (category: Category, report: Report): CategoryStatus => {
  const oldestAt = report.oldestAt === undefined ? undefined : Date.parse(report.oldestAt);
  return {
    category,
    kept: report.kept && report.refusals.length === 0,
    isEmpty: report.planned.indices + report.found.indices === 0,
    totals: report.found,
    ...(oldestAt === undefined ? {} : { oldestAt }),
    overdueBy: lagOf(category, oldestAt, Date.parse(report.verifiedAt)).overdue,
    refusals: report.refusals,
    findings: report.findings,
    left: report.outcome === 'incomplete' ? report.found.due : 0,
  };
};
