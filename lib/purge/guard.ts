import { reachFinding } from './index-reach.ts';
import type { Plan } from './plan.ts';

/** One reason why a plan is refused as a whole, with its numbers and the way out. */
export interface Refusal {
  readonly code: 'share';
  readonly expected: string;
  readonly found: string;
  readonly wayOut: string;
}

const percent = (share: number): string => `${(share * 100).toFixed(1).replace(/\.0$/, '')} %`;

/**
 * What a plan must never do: remove more than the policy's share of the category's documents. Such a plan is refused as a whole, and nothing of
 * it is executed. Indices that are not the category's own are touched by no plan, and are not counted here. Pure.
 */
export const guard = ({ category, indices }: Plan): readonly Refusal[] => {
  const counts = indices
    .filter(({ description }) => reachFinding(description, category.indices) === undefined)
    .flatMap((index) => index.counts ?? []);
  const due = counts.reduce((sum, each) => sum + each.due, 0);
  const documents = counts.reduce((sum, each) => sum + each.documents, 0);
  const { maxShare } = category.guard;
  if (documents === 0 || due / documents <= maxShare) return [];
  return [
    {
      code: 'share',
      expected: `at most ${percent(maxShare)} of the category's documents in one run (guard.maxShare)`,
      found: `${due} of ${documents} documents (${percent(due / documents)})`,
      wayOut: `If that is right (a backlog, say), raise guard.maxShare of "${category.id}" in the policy for this run: the highest value is 1.`,
    },
  ];
};
