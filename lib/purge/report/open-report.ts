import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import { isoInstant } from '../../policy/time/instant.ts';
import type { RuleInReport } from '../../rules/rule.ts';
import { kindsOf } from '../../rules/rule-kinds.ts';
import type { Announcement } from '../announced/announcement.ts';
import type { Refusal } from '../guard.ts';
import type { Plan } from '../plan.ts';
import type { ClusterIdentity, OpenReport, RunTrigger } from './report.ts';

/** All facts that a run knows before it changes anything. */
export interface RunFacts {
  readonly runId: string;
  readonly trigger: RunTrigger;
  readonly dryRun: boolean;
  readonly cluster: ClusterIdentity;
}

const rulesIn = ({ category, criteria }: Plan): RuleInReport =>
  Object.assign({}, ...kindsOf(category).map((kind) => kind.reported?.(category, criteria)));

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

/** Opens a report. Pure. */
export const openReport = (
  policy: RetentionPolicy,
  plan: Plan,
  refusals: readonly Refusal[],
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
  ...rulesIn(plan),
  ...controlsIn(plan),
  planned: plan.totals,
  ...(plan.announced !== undefined && { announced: announcedIn(plan.announced) }),
  refusals,
});
