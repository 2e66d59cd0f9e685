import { guard } from '../../purge/guard.ts';
import type { Plan } from '../../purge/plan.ts';
import { planPurge } from '../../purge/purge.ts';
import { type CategoryStatus, type Failed, statusOfPlan } from '../output/category-status.ts';
import { forEachCategory, type Session } from '../session.ts';

/** Categories asked about at once: each takes a handful of requests. */
export const ASKED_AT_ONCE = 3;

/** A category with its plan, and how it stands by it. */
export interface Planned extends CategoryStatus {
  readonly plan: Plan;
}

/**
 * Plans every category of the session, and lets the guard look at each plan. Changes nothing.
 * @param allowEmpty whether a person says that a category without any index has none yet.
 */
export const planCategories = (
  { policy, categories, ports }: Session,
  allowEmpty: boolean,
): Promise<(Planned | Failed)[]> =>
  forEachCategory(categories, ASKED_AT_ONCE, async (category) => {
    const plan = await planPurge({ policy, category, allowEmpty }, ports);
    return { ...statusOfPlan(plan, guard(plan)), plan };
  });
