import type { AgeTerm, RetentionPolicy } from '../../policy/retention-policy.ts';
import { isoInstant } from '../../policy/time/instant.ts';
import type { Refusal } from '../guard.ts';
import type { Plan } from '../plan.ts';
import type { ClusterIdentity, OpenReport, RunTrigger } from './report.ts';

/** Everything a run knows before it does anything. */
export interface RunFacts {
  readonly runId: string;
  readonly trigger: RunTrigger;
  readonly dryRun: boolean;
  readonly cluster: ClusterIdentity;
}

/** An age as the policy writes it, in one value: `P14D`, `P6M in Europe/Berlin`, `P2Y from end-of-year in UTC`. */
const termText = ({ maxAge, from, timeZone }: AgeTerm): string =>
  [maxAge.iso, ...(from === undefined ? [] : ['from', from]), ...(timeZone === undefined ? [] : ['in', timeZone])].join(
    ' ',
  );

/** The report as it is opened. Pure. */
export const openReport = (
  policy: RetentionPolicy,
  plan: Plan,
  refusals: readonly Refusal[],
  facts: RunFacts,
  fence: number,
): OpenReport => {
  const { age } = plan.category.rules;
  return {
    runId: facts.runId,
    category: plan.category.id,
    state: 'open',
    mode: policy.mode,
    dryRun: facts.dryRun,
    trigger: facts.trigger,
    policyVersion: policy.version,
    cluster: facts.cluster,
    fence,
    startedAt: isoInstant(plan.plannedAt),
    ...(plan.criteria.age === undefined ? {} : { cutoff: isoInstant(plan.criteria.age.cutoff) }),
    ...(age === undefined ? {} : { maxAge: termText(age), allowedLateness: age.allowedLateness.iso }),
    planned: plan.totals,
    refusals,
  };
};
