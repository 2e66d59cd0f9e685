import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import { isoInstant } from '../../policy/time/instant.ts';
import type { Announcement } from '../announced/announcement.ts';
import type { Refusal } from '../guard.ts';
import type { Plan } from '../plan.ts';
import type { SavedRun } from '../saved/saved-plan.ts';
import type { ClusterIdentity, OpenReport, RunTrigger } from './report.ts';
import { rulesInReport } from './rules-in-report.ts';

/** All facts that a run knows before it changes anything. */
export interface RunFacts {
  readonly runId: string;
  readonly trigger: RunTrigger;
  readonly dryRun: boolean;
  readonly cluster: ClusterIdentity;
  /** Set if the run carries out a saved plan: it then does only what stands in this plan too. */
  readonly saved?: SavedRun;
}

/** What the guard says about a run: what refuses it, and what its saved plan overrides. */
interface Judgement {
  readonly refusals: readonly Refusal[];
  readonly overridden: readonly Refusal[];
}

const announcedIn = ({ documents, runId, at }: Announcement): NonNullable<OpenReport['announced']> => ({
  documents,
  runId,
  startedAt: isoInstant(at),
});

const controlsIn = ({ criteria: { held, controls } }: Plan): Pick<OpenReport, 'holds' | 'pause'> => ({
  ...(held !== undefined && { holds: held.holds.map(({ id }) => id) }),
  ...(controls?.pause !== undefined && {
    pause: { since: isoInstant(controls.pause.since), until: isoInstant(controls.pause.until) },
  }),
});

const savedPlanIn = ({ saved }: RunFacts, { overridden }: Judgement): Pick<OpenReport, 'savedPlan'> => {
  if (saved === undefined) return {};
  const { by, reason, category } = saved;
  return { savedPlan: { plannedAt: category.plannedAt, by, reason, overridden } };
};

/** Opens a report. */
export const openReport = (
  policy: RetentionPolicy,
  plan: Plan,
  judgement: Judgement,
  facts: RunFacts,
  fence: number,
): OpenReport => ({
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
  ...rulesInReport(plan),
  ...controlsIn(plan),
  planned: plan.totals,
  ...(plan.announced !== undefined && { announced: announcedIn(plan.announced) }),
  ...savedPlanIn(facts, judgement),
  refusals: judgement.refusals,
});
