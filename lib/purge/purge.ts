import type { Instant } from '../policy/instant.ts';
import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import { ageCriteria } from './age-rule.ts';
import type { DocumentRemover, DocumentStore } from './document-store.ts';
import { execute, liftLeftovers } from './execute.ts';
import { guard } from './guard.ts';
import type { LeaseStore } from './lease.ts';
import { makePlan, type Plan } from './plan.ts';
import { closeReport, openReport, type Report, type ReportBook, type RunFacts } from './report.ts';
import { survey } from './survey.ts';
import type { TimeBudget } from './time-budget.ts';
import { type Conduct, Verification } from './verify.ts';

/** Everything outside the core that a run needs. */
export interface Ports {
  readonly store: DocumentStore;
  readonly remover: DocumentRemover;
  readonly leases: LeaseStore;
  readonly books: ReportBook;
  readonly clock: () => Instant;
}

/** Watches a run; decides nothing. */
export interface Progress {
  planned(plan: Plan): void;
  removed(documents: number): void;
}

/** One run of one category. */
export interface PurgeRun extends RunFacts {
  readonly policy: RetentionPolicy;
  readonly category: Category;
  readonly budget: TimeBudget;
  readonly progress?: Progress;
}

/**
 * Plans the purge of one category. Changes nothing but what a refresh does.
 * @throws WorldError when the store does not answer.
 */
export const planPurge = async (
  { policy, category }: Pick<PurgeRun, 'policy' | 'category'>,
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
): Promise<Plan> => {
  const now = clock();
  const criteria = ageCriteria(category, policy, now);
  return makePlan(category, criteria, now, await survey(store, category, criteria));
};

/**
 * The whole of it: plan → guard → execute → verify → report. Start reading here.
 *
 * A dry run, and a policy in `observe`, take the same path and leave out the destroying. The report is opened before
 * the first destructive request and closed after the verification, from which alone its outcome comes.
 * @throws WorldError when the lease is held, the books cannot be written, or the store does not answer.
 */
export const purge = async (run: PurgeRun, ports: Ports): Promise<Report> => {
  const { policy, category } = run;
  const lease = await ports.leases.acquire(category.id, run.runId);
  try {
    await liftLeftovers(lease, ports.remover);

    const plan = await planPurge(run, ports);
    run.progress?.planned(plan);
    const refusals = guard(plan);
    const opened = openReport(policy, plan, refusals, run, lease.fence);
    const conduct: Conduct =
      refusals.length > 0 ? 'refused' : run.dryRun || policy.mode === 'observe' ? 'observed' : 'executed';
    await ports.books.open(opened);
    if (conduct === 'executed')
      await ports.books.purgeReports(category.id, plan.plannedAt - policy.reports.maxAge.milliseconds);

    const executed =
      conduct === 'executed' && plan.criteria !== undefined
        ? await execute(plan, {
            remover: ports.remover,
            lease,
            budget: run.budget,
            criteria: plan.criteria,
            onRemoved: (documents) => run.progress?.removed(documents),
          })
        : [];

    const verification = await Verification.of(ports.store, category, plan.criteria, conduct, ports.clock);
    const report = closeReport(opened, plan, executed, verification, ports.clock());
    await ports.books.close(report);
    return report;
  } finally {
    await lease.release();
  }
};
