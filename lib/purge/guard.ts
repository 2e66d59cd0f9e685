import { clockRefusal } from './clocks.ts';
import { reachFinding } from './index-reach.ts';
import type { Plan } from './plan.ts';

/** One reason why a plan is refused as a whole, with its numbers and the way out. */
export interface Refusal {
  readonly code: 'share' | 'clock-skew';
  readonly expected: string;
  readonly found: string;
  readonly wayOut: string;
}

const percent = (share: number): string => `${(share * 100).toFixed(1).replace(/\.0$/, '')} %`;

/** Indices that are not the category's own are touched by no plan, and are not counted. */
const shareRefusal = ({ category, indices }: Plan): Refusal | undefined => {
  const counts = indices
    .filter(({ description }) => reachFinding(description, category.indices) === undefined)
    .flatMap((index) => index.counts ?? []);
  const due = counts.reduce((sum, each) => sum + each.due, 0);
  const documents = counts.reduce((sum, each) => sum + each.documents, 0);
  const { maxShare } = category.guard;
  if (documents === 0 || due / documents <= maxShare) return undefined;
  return {
    code: 'share',
    expected: `at most ${percent(maxShare)} of the category's documents in one run (guard.maxShare)`,
    found: `${due} of ${documents} documents (${percent(due / documents)})`,
    wayOut: `If that is right (a backlog, say), raise guard.maxShare of "${category.id}" in the policy for this run: the highest value is 1.`,
  };
};

/**
 * What a plan must never do: remove more than the policy's share of the category's documents, or anything at all while our clock and the
 * cluster's disagree. Such a plan is refused as a whole, and nothing of it is executed. Pure.
 */
export const guard = (plan: Plan): readonly Refusal[] =>
  [clockRefusal(plan.criteria.clocks), shareRefusal(plan)].filter((refusal) => refusal !== undefined);
