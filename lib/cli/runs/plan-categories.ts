import { guard } from '../../purge/guard.ts';
import type { Plan } from '../../purge/plan.ts';
import { planPurge } from '../../purge/purge.ts';
import { type CategoryResult, type Failed, resultOfPlan } from '../output/category-result.ts';
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
 */
export const planCategories = (
  { policy, categories, ports }: Session,
  allowEmpty: boolean,
): Promise<(PlannedCategory | Failed)[]> =>
  forEachCategory(categories, ASKED_AT_ONCE, async (category) => {
    const plan = await planPurge({ policy, category, allowEmpty }, ports);
    return { ...resultOfPlan(plan, guard(plan)), plan };
  });
