import type { Explanation } from '../base/explanation.ts';
import type { Counts } from '../criteria/counts.ts';
import type { Category } from '../policy/retention-policy.ts';
import { kindsOf } from '../rules/rule-kinds.ts';
import { clockRefusal } from './clocks.ts';
import { untouchedFinding } from './indices/untouched.ts';
import type { Plan } from './plan.ts';

/** One reason to refuse a plan as a whole, with numbers and the fix. */
export interface Refusal extends Explanation {
  readonly code: 'share' | 'clock-skew';
}

const percent = (share: number): string => `${(share * 100).toFixed(1).replace(/\.0$/, '')} %`;

/**
 * The counts that the share is computed from. A whole year or month that fell due a short time ago is left out on both
 * sides: so many documents are due every time, which does not indicate a mistake.
 */
const surprising = (
  counts: readonly Counts[],
): { readonly due: number; readonly documents: number; readonly usual: number } => {
  const sum = (value: (each: Counts) => number): number => counts.reduce((total, each) => total + value(each), 0);
  const usual = sum((each) => each.usual ?? 0);
  return { due: sum((each) => each.due) - usual, documents: sum((each) => each.documents) - usual, usual };
};

const besideUsual = (category: Category, usual: number): string => {
  const what = kindsOf(category).map(({ wording }) => wording.usual?.(category));
  return usual === 0 ? '' : `, beside ${usual} ${what.find((each) => each !== undefined)}`;
};

/**
 * Indices that the plan leaves alone are not counted: their due documents are not removed, and their other documents
 * must not make the share look smaller.
 */
const shareRefusal = ({ category, indices }: Plan): Refusal | undefined => {
  const counts = indices
    .filter((index) => untouchedFinding(index, category) === undefined)
    .flatMap((index) => index.counts ?? []);
  const { due, documents, usual } = surprising(counts);
  const { maxShare } = category.guard;
  if (documents === 0 || due / documents <= maxShare) return undefined;
  return {
    code: 'share',
    expected: `at most ${percent(maxShare)} of the category's documents in one run (guard.maxShare)`,
    found: `${due} of ${documents} documents (${percent(due / documents)})${besideUsual(category, usual)}`,
    fix: `If that is right (for example a backlog), raise guard.maxShare of "${category.id}" in the policy for this run: the highest value is 1.`,
  };
};

const removes = ({ indices }: Plan): boolean => indices.some(({ action }) => action === 'drop' || action === 'delete');

/**
 * Checks what a plan must never do: remove more than the policy's share of the category's documents, or destroy
 * anything if the clocks disagree or the cluster's clock is unknown. Such a plan is refused as a whole, and nothing of
 * it is executed. Pure.
 * @returns the reasons; empty if the plan may be executed.
 */
export const guard = (plan: Plan): readonly Refusal[] =>
  [clockRefusal(plan.criteria.clocks, removes(plan)), shareRefusal(plan)].filter((refusal) => refusal !== undefined);
