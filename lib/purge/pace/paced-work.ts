import type { Finding } from '../../criteria/finding.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { brokenAt } from '../controls/broken-by-pause.ts';
import type { Lease } from '../lease.ts';
import type { Plan } from '../plan.ts';
import type { TimeBudget } from '../time-budget.ts';
import type { PacedWork, Rested } from './pace.ts';

/** The documents of a plan that are deleted one by one, and when a promise is broken if they stay. */
export const pacedWorkOf = (
  { category, indices, oldestAt, criteria }: Plan,
  budget: TimeBudget,
  lease: Pick<Lease, 'assertLeased'>,
): PacedWork => ({
  budget,
  keepLease: () => lease.assertLeased(),
  documents: indices.reduce((sum, { action, counts }) => sum + (action === 'delete' ? (counts?.due ?? 0) : 0), 0),
  brokenFrom: brokenAt(category, { oldestAt, nearestEraseBy: criteria.controls?.nearestEraseBy }),
});

/** The finding of a run that could not spare the other users of the cluster as it should. */
export const shortenedRest = ({ id }: Pick<Category, 'id'>, rested: Rested | undefined): readonly Finding[] => {
  if (rested?.isShortened !== true) return [];
  return [
    {
      code: 'rests-shortened',
      severity: 'notice',
      expected: 'rests between deletions, so that searches of others stay fast',
      found: `so many due documents in "${id}" that full rests would have broken a promise; the rests were shortened`,
      fix: 'Nothing to do if it happens once, for example after a pause. If it happens often, run the category more often, or let whole indices expire: a dropped index costs almost nothing.',
    },
  ];
};
