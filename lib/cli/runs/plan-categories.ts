import { guard } from '../../purge/guard.ts';
import type { Plan } from '../../purge/plan.ts';
import { planPurge } from '../../purge/purge.ts';
import { overriddenBy } from '../../purge/saved/saved-plan-check.ts';
import { type CategoryResult, type Failed, resultOfPlan } from '../output/category-result.ts';
import { type AcceptedPlan, savedRunOf } from '../saved/accept-plan.ts';
import { forEachCategory, type Session } from '../session.ts';

/** Number of categories asked at the same time. Each takes a few requests. */
export const ASKED_AT_ONCE = 3;

/** A category with its plan and the resulting status. */
export interface PlannedCategory extends CategoryResult {
  readonly plan: Plan;
}

/**
 * Plans every category of the session, and checks each plan with the guard. Changes nothing.
 * @param allowEmpty whether a person has stated that categories without an index do not have an index yet.
 * @param accepted a saved plan to be carried out: only what it also contains is planned.
 */
export const planCategories = (
  { policy, categories, ports }: Session,
  allowEmpty: boolean,
  accepted?: AcceptedPlan,
): Promise<(PlannedCategory | Failed)[]> =>
  forEachCategory(categories, ASKED_AT_ONCE, async (category) => {
    const saved = accepted && savedRunOf(accepted, category);
    const plan = await planPurge({ policy, category, allowEmpty, within: saved?.category }, ports);
    return { ...resultOfPlan(plan, overriddenBy(guard(plan), saved).refusals), plan };
  });
