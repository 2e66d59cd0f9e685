import { isRemoval } from '../../purge/plan.ts';
import { type Failed, isFailed } from '../output/category-result.ts';
import { count, number } from '../output/format.ts';
import type { PlannedCategory } from './plan-categories.ts';

/** What purges remove, or would remove. */
interface Amount {
  readonly documents: number;
  /** The number of indices that are dropped. */
  readonly indices: number;
  /** The number of documents that go with these indices. */
  readonly dropped: number;
}

/** Adds up the documents of indices, and which of them are dropped. */
export const amountOf = (indices: readonly { readonly documents: number; readonly isDropped: boolean }[]): Amount => {
  const documentsOf = (some: typeof indices): number => some.reduce((sum, { documents }) => sum + documents, 0);
  const dropped = indices.filter(({ isDropped }) => isDropped);
  return { documents: documentsOf(indices), indices: dropped.length, dropped: documentsOf(dropped) };
};

const removalsOf = ({ plan, refusals }: PlannedCategory): Parameters<typeof amountOf>[0] =>
  (refusals.length > 0 ? [] : plan.indices.filter(({ action }) => isRemoval(action))).map(({ action, counts }) => ({
    documents: counts?.due ?? 0,
    isDropped: action === 'drop',
  }));

/** The documents that a purge would remove; none if the plan is refused. */
export const toRemove = (planned: PlannedCategory): Amount => amountOf(removalsOf(planned));

/** The sum over all categories. */
export const totalToRemove = (results: readonly (PlannedCategory | Failed)[]): Amount =>
  amountOf(results.flatMap((result) => (isFailed(result) ? [] : removalsOf(result))));

/** `12,345 documents, 12,000 of them by dropping 8 indices` */
export const amount = ({ documents, indices, dropped }: Amount): string => {
  const all = count(documents, 'document', 'documents');
  if (indices === 0) return all;
  const some = dropped === documents ? '' : `${number(dropped)} of them `;
  return `${all}, ${some}by dropping ${count(indices, 'index', 'indices')}`;
};
