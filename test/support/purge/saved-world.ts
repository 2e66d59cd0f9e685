import { randomUUID } from 'node:crypto';
import type { Category } from '../../../lib/policy/retention-policy.ts';
import { guard } from '../../../lib/purge/guard.ts';
import { type PurgeRun, planPurge } from '../../../lib/purge/purge.ts';
import type { Report } from '../../../lib/purge/report/report.ts';
import { type SavedCategory, type SavedPlan, type SavedRun, savedPlanOf } from '../../../lib/purge/saved/saved-plan.ts';
import { PurgeInMemory } from '../in-memory/purge-in-memory.ts';
import { CATEGORY, POLICY } from './described-index.ts';

/** At most half of the documents may be removed by surprise. */
export const HALF: Category = { ...CATEGORY, guard: { ...CATEGORY.guard, maxShare: 0.5 } };

const CLUSTER = { uuid: 'u', name: 'n', version: '9.4.3' };

/** A saved plan as the run of its one category gets it. */
export const savedRun = (plan: SavedPlan): SavedRun => ({
  plan,
  category: plan.categories[0] as SavedCategory,
  by: 'A. Engineer',
  reason: 'backlog',
});

/** A cluster in memory whose guard allows half, and in which plans are saved and carried out. */
export class SavedWorld extends PurgeInMemory {
  async save(category: Category = HALF): Promise<SavedPlan> {
    const plan = await planPurge({ policy: POLICY, category }, this.ports);
    return savedPlanOf([{ plan, refusals: guard(plan) }], CLUSTER, POLICY.version, randomUUID);
  }

  carryOut(plan: SavedPlan, changes: Partial<PurgeRun> = {}): Promise<Report> {
    return this.run({ category: HALF, saved: savedRun(plan), ...changes });
  }
}
