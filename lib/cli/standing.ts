import { describeDuration } from '../policy/duration.ts';
import type { Instant } from '../policy/instant.ts';
import type { Category } from '../policy/retention-policy.ts';
import type { Finding } from '../purge/finding.ts';
import type { Refusal } from '../purge/guard.ts';
import type { Plan, Totals } from '../purge/plan.ts';
import type { Report } from '../purge/report.ts';
import type { Verification } from '../purge/verify.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Failure } from './failure.ts';
import { count } from './say.ts';

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

const UNAVAILABLE: readonly Finding['code'][] = ['closed', 'red', 'read-blocked', 'unanswered'];
/** Said with the number of documents instead. */
const COUNTED: readonly Finding['code'][] = ['undatable', 'not-purged'];

const erasures = (subjects: number): string => count(subjects, 'erasure', 'erasures');
/** What is said with the number of subjects, not of indices. */
const ERASURE_TROUBLES: Partial<Record<Finding['code'], (subjects: number) => string>> = {
  'erasure-overdue': (subjects) => `${erasures(subjects)} overdue`,
  'erasures-left': (subjects) => `${erasures(subjects)} left to the next run`,
  'shared-documents': (subjects) => `${erasures(subjects)} held up by shared documents`,
};

const erasureTroubles = (findings: readonly Finding[]): string[] =>
  findings.flatMap(({ code, subjects = 0 }) => ERASURE_TROUBLES[code]?.(subjects) ?? []);

/** One index may have several findings of a kind: one for each field. */
const indicesIn = (findings: readonly Finding[]): number => new Set(findings.map(({ index }) => index)).size;

const findingTroubles = (findings: readonly Finding[]): string[] => {
  const blocking = findings.filter(
    ({ severity, code }) => severity === 'blocking' && !COUNTED.includes(code) && !(code in ERASURE_TROUBLES),
  );
  const unavailable = blocking.filter(({ code }) => UNAVAILABLE.includes(code));
  const others = Map.groupBy(
    blocking.filter(({ code }) => !UNAVAILABLE.includes(code)),
    ({ code }) => code,
  );
  return [
    ...(unavailable.length === 0 ? [] : [`${count(unavailable.length, 'index', 'indices')} unavailable`]),
    ...[...others].map(([code, found]) => `${code} in ${count(indicesIn(found), 'index', 'indices')}`),
  ];
};

const documentsDue = ({ rules }: Category, documents: number): string =>
  rules.age === undefined || rules.termination !== undefined
    ? count(documents, 'due document', 'due documents')
    : count(documents, 'expired document', 'expired documents');

/** What is wrong with a category, in a few words each; empty when nothing is. */
export const troublesOf = (result: Standing | Failed): readonly string[] => {
  if (isFailed(result))
    return [result.exitCode === EXIT.left ? result.failure.code : `failed (${result.failure.code})`];
  const { totals, refusals, findings, left } = result;
  return [
    // The oldest document may have gone since the count, or have crossed the limit this very moment.
    ...(totals.overdue > 0
      ? [`overdue${result.overdueBy < 1 ? '' : ` by ${describeDuration(result.overdueBy)}`}`]
      : []),
    ...erasureTroubles(findings),
    ...(left > 0 ? [`incomplete (${documentsDue(result.category, left)} left)`] : []),
    ...(totals.undatable > 0 ? [`${count(totals.undatable, 'document', 'documents')} undatable`] : []),
    ...findingTroubles(findings),
    ...(refusals.length > 0 ? [`refused (${[...new Set(refusals.map(({ code }) => code))].join(', ')})`] : []),
  ];
};

/** What a category means for the exit code. */
export const exitCodeOfCategory = (result: Standing | Failed): ExitCode => {
  if (isFailed(result)) return result.exitCode;
  return troublesOf(result).length > 0 ? EXIT.left : EXIT.done;
};
