import type { Instant } from '../policy/instant.ts';
import type { Category } from '../policy/retention-policy.ts';
import type { Finding } from '../purge/finding.ts';
import type { Refusal } from '../purge/guard.ts';
import type { Plan, Totals } from '../purge/plan.ts';
import type { Report } from '../purge/report.ts';
import type { Verification } from '../purge/verify.ts';
import type { ExitCode } from './exit-code.ts';
import type { Failure } from './failure.ts';

/** How one category stands, by what a command has just found. */
export interface Standing {
  readonly category: Category;
  /** Nothing overdue, no erasure either, nothing undatable, nothing in the way, every index answered, at this moment. */
  readonly kept: boolean;
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
}

export const isFailed = (result: Standing | Failed): result is Failed => 'failure' in result;

const overdueBy = ({ rules: { age } }: Category, oldestAt: Instant | undefined, now: Instant): number =>
  age === undefined || oldestAt === undefined
    ? 0
    : Math.max(0, now - oldestAt - age.maxAge.milliseconds - age.allowedLateness.milliseconds);

/** By a plan, and what the guard says of it. */
export const standingOfPlan = (plan: Plan, refusals: readonly Refusal[]): Standing => ({
  category: plan.category,
  kept: plan.totals.overdue === 0 && plan.findings.every(({ severity }) => severity !== 'blocking'),
  totals: plan.totals,
  ...(plan.oldestAt === undefined ? {} : { oldestAt: plan.oldestAt }),
  overdueBy: overdueBy(plan.category, plan.oldestAt, plan.plannedAt),
  refusals,
  findings: plan.findings,
  left: 0,
});

/** By a verification, and what the next run would plan on the same facts. */
export const standingOfVerification = (
  verification: Verification,
  next: Plan,
  refusals: readonly Refusal[],
): Standing => ({
  ...standingOfPlan(next, refusals),
  kept: verification.kept,
  overdueBy: overdueBy(verification.category, verification.oldestAt, verification.verifiedAt),
});

/** By the report of a run. */
export const standingOfReport = (category: Category, report: Report): Standing => {
  const oldestAt = report.oldestAt === undefined ? undefined : Date.parse(report.oldestAt);
  return {
    category,
    kept: report.kept,
    totals: report.found,
    ...(oldestAt === undefined ? {} : { oldestAt }),
    overdueBy: overdueBy(category, oldestAt, Date.parse(report.verifiedAt)),
    refusals: report.refusals,
    findings: report.findings,
    left: report.outcome === 'incomplete' ? report.found.due : 0,
  };
};
