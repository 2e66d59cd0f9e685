import { HOUR } from '../../policy/time/duration.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import type { Refusal } from '../guard.ts';
import { isRemoval, type Plan } from '../plan.ts';
import type { ClusterIdentity } from '../report/report.ts';
import { rulesInReport } from '../report/rules-in-report.ts';

/** The `type` of every saved plan, with its version. */
export const SAVED_PLAN_TYPE = 'es-retention/plan/1';

/** How long a saved plan can be carried out, in milliseconds. */
const SAVED_PLAN_LASTS = HOUR;

/** What a saved plan allows in one index. */
export interface SavedIndex {
  readonly index: string;
  readonly uuid: string;
  readonly action: 'drop' | 'delete';
  /** The digest of the mapping that the plan read. */
  readonly mapping: string;
  /** The documents that were due. No run removes more. */
  readonly atMost: number;
}

/** The plan of one category, as it was saved. Instants are ISO 8601 in UTC. */
export interface SavedCategory {
  readonly category: string;
  /** The id of the run that carries it out. Its report can be opened once, so no second run can. */
  readonly runId: string;
  readonly plannedAt: string;
  /** Documents dated from here on stay. Absent without an age rule. */
  readonly cutoff?: string;
  /** Ids of the ledger entries whose erasure was due. They name no account. */
  readonly subjects: readonly string[];
  /** Why the guard refused the plan; empty if it did not. */
  readonly refusals: readonly Refusal[];
  /** The indices from which the plan would remove documents, or which it would drop. */
  readonly indices: readonly SavedIndex[];
}

/** A plan that a person has saved, to carry out exactly this. Instants are ISO 8601 in UTC. */
export interface SavedPlan {
  readonly type: typeof SAVED_PLAN_TYPE;
  readonly cluster: ClusterIdentity;
  readonly policyVersion: string;
  readonly plannedAt: string;
  readonly expiresAt: string;
  readonly categories: readonly SavedCategory[];
}

/** The saved plan that a run carries out, for its category, and the person's statements about it. */
export interface SavedRun {
  readonly plan: SavedPlan;
  readonly category: SavedCategory;
  /** Who carries it out, and why: texts of a person. */
  readonly by: string;
  readonly reason: string;
}

/** A plan, and what the guard says about it. */
export interface JudgedPlan {
  readonly plan: Plan;
  readonly refusals: readonly Refusal[];
}

const savedCategory = ({ plan, refusals }: JudgedPlan, runId: string): SavedCategory => {
  const { cutoff } = rulesInReport(plan);
  return {
    category: plan.category.id,
    runId,
    plannedAt: isoInstant(plan.plannedAt),
    ...(cutoff !== undefined && { cutoff }),
    subjects: plan.criteria.termination?.subjects.map(({ key }) => key) ?? [],
    refusals,
    indices: plan.indices.flatMap(({ description: { name, uuid, read }, action, counts }) =>
      isRemoval(action)
        ? [
            {
              index: name,
              uuid,
              action: action as SavedIndex['action'],
              mapping: read.digest,
              atMost: counts?.due ?? 0,
            },
          ]
        : [],
    ),
  };
};

/**
 * Makes the content of a saved plan.
 * @param plans of categories of one policy in one cluster; at least one.
 * @param newRunId gives a new id for each run.
 */
export const savedPlanOf = (
  plans: readonly JudgedPlan[],
  cluster: ClusterIdentity,
  policyVersion: string,
  newRunId: () => string,
): SavedPlan => {
  const plannedAt: Instant = Math.min(...plans.map(({ plan }) => plan.plannedAt));
  return {
    type: SAVED_PLAN_TYPE,
    cluster,
    policyVersion,
    plannedAt: isoInstant(plannedAt),
    expiresAt: isoInstant(plannedAt + SAVED_PLAN_LASTS),
    categories: plans.map((each) => savedCategory(each, newRunId())),
  };
};
