import { InputError, RefusedError } from '../../base/errors.ts';
import type { Moment } from '../../criteria/clock-reading.ts';
import { MINUTE } from '../../policy/time/duration.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import type { Refusal } from '../guard.ts';
import type { ClusterIdentity, ReportStore } from '../report/report.ts';
import type { SavedPlan, SavedRun } from './saved-plan.ts';

const SAVE_AGAIN = 'Nothing was destroyed. Save the plan again (plan --out FILE), look at it, and carry that out.';

/** Clocks may be this far apart, so a plan may seem to be made a little later than now. */
const AHEAD = 5 * MINUTE;

/** The cluster and the policy of a run, and its time. */
interface Surroundings {
  readonly cluster: Pick<ClusterIdentity, 'uuid'>;
  readonly policy: { readonly version: string };
  readonly now: Instant;
}

/**
 * Checks that a saved plan was made for this cluster and this policy, within the last hour.
 * @throws InputError `plan-of-another-cluster`, `plan-of-another-policy`, `plan-expired`
 */
export const assertApplies = (saved: SavedPlan, { cluster, policy, now }: Surroundings): void => {
  if (saved.cluster.uuid !== cluster.uuid)
    throw new InputError('plan-of-another-cluster', {
      expected: `the cluster of the saved plan (uuid ${saved.cluster.uuid})`,
      found: `another one (uuid ${cluster.uuid})`,
      fix: 'Nothing was destroyed. Check ELASTICSEARCH_URL. To purge this cluster, save a plan of it (plan --out FILE).',
    });
  if (saved.policyVersion !== policy.version)
    throw new InputError('plan-of-another-policy', {
      expected: `the policy of the saved plan (${saved.policyVersion})`,
      found: `another one, or a changed one (${policy.version})`,
      fix: SAVE_AGAIN,
    });
  const madeAt = Date.parse(saved.plannedAt);
  if (now > Date.parse(saved.expiresAt) || now < madeAt - AHEAD)
    throw new InputError('plan-expired', {
      expected: `a time from ${saved.plannedAt} to ${saved.expiresAt}, in which the saved plan can be carried out`,
      found: isoInstant(now),
      fix: SAVE_AGAIN,
    });
};

/**
 * Checks, under the lease and before anything is destroyed, that a run may carry out its saved plan. The later of both
 * clocks decides whether its hour is over.
 * @throws InputError as {@link assertApplies}; RefusedError `plan-used`; TransientError if the reports do not answer.
 */
export const assertUsable = async (
  { plan, category: { category, runId } }: SavedRun,
  { clocks, now, ...run }: Omit<Surroundings, 'now'> & Moment,
  { has }: Pick<ReportStore, 'has'>,
): Promise<void> => {
  assertApplies(plan, { ...run, now: clocks === undefined ? now : Math.max(clocks.ours, clocks.cluster) });
  if (await has(category, runId))
    throw new RefusedError('plan-used', {
      expected: `a saved plan that no run of "${category}" has carried out yet`,
      found: `the report of run ${runId}, which has used it`,
      fix: `Nothing was destroyed now. Look at what that run did (its report, or history --category ${category}). For the rest, save the plan again (plan --out FILE).`,
    });
};

/**
 * Divides what the guard says about a run into what its saved plan overrides, and what still refuses it. Only a
 * refusal of the amount is overridden, and only if it stands in the file.
 */
export const overriddenBy = (
  refusals: readonly Refusal[],
  saved: SavedRun | undefined,
): { readonly refusals: readonly Refusal[]; readonly overridden: readonly Refusal[] } => {
  const isSeen = saved?.category.refusals.some(({ code }) => code === 'share') === true;
  const isOverridden = ({ code }: Refusal): boolean => isSeen && code === 'share';
  return { refusals: refusals.filter((each) => !isOverridden(each)), overridden: refusals.filter(isOverridden) };
};
