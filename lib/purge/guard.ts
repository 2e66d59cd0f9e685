import type { Explanation } from '../policy/explanation.ts';
import type { Category } from '../policy/retention-policy.ts';
import { kindsOf } from '../rules/rule-kinds.ts';
import { clockRefusal } from './clocks/clocks.ts';
import type { Counts } from './document-store.ts';
import { untouchedFinding } from './indices/untouched.ts';
import type { Plan } from './plan.ts';

/** One reason why a plan is refused as a whole, with its numbers and the fix. */
export interface Refusal extends Explanation {
  readonly code: 'share' | 'clock-skew';
}

const percent = (share: number): string => `${(share * 100).toFixed(1).replace(/\.0$/, '')} %`;

/**
 * Of what is due, what the share is about. Where a whole year or month fell due lately, that much is due at once every time: it says nothing
 * of a mistake, and counts neither among what is due nor among what stays.
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

/** Indices that no plan touches are not counted: what is due in them is not removed, and what stays in them makes no share smaller. */
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
    fix: `If that is right (a backlog, say), raise guard.maxShare of "${category.id}" in the policy for this run: the highest value is 1.`,
  };
};

const removes = ({ indices }: Plan): boolean => indices.some(({ action }) => action === 'drop' || action === 'delete');

/**
 * What a plan must never do: remove more than the policy's share of the category's documents, or anything at all while our clock and the
 * cluster's disagree, or the cluster's is not known. Such a plan is refused as a whole, and nothing of it is executed. Pure.
 */
export const guard = (plan: Plan): readonly Refusal[] =>
  [clockRefusal(plan.criteria.clocks, removes(plan)), shareRefusal(plan)].filter((refusal) => refusal !== undefined);
