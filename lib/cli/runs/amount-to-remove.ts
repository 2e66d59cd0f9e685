import { isRemoval } from '../../purge/plan.ts';
import { type Failed, isFailed } from '../output/category-result.ts';
import { count } from '../output/format.ts';
import type { PlannedCategory } from './plan-categories.ts';

/** The documents that a purge would remove; none if the plan is refused. */
export const toRemove = ({
  plan,
  refusals,
}: PlannedCategory): { readonly documents: number; readonly indices: number } => {
  const touched = refusals.length > 0 ? [] : plan.indices.filter(({ action }) => isRemoval(action));
  return {
    documents: touched.reduce((sum, { counts }) => sum + (counts?.due ?? 0), 0),
    indices: touched.filter(({ action }) => action === 'drop').length,
  };
};

/** The sum over all categories. */
export const totalToRemove = (results: readonly (PlannedCategory | Failed)[]): ReturnType<typeof toRemove> =>
  results
    .flatMap((result) => (isFailed(result) ? [] : [toRemove(result)]))
    .reduce((sum, each) => ({ documents: sum.documents + each.documents, indices: sum.indices + each.indices }), {
      documents: 0,
      indices: 0,
    });

/** `12,345 documents, 8 whole indices` */
export const amount = ({ documents, indices }: ReturnType<typeof toRemove>): string =>
  `${count(documents, 'document', 'documents')}${indices === 0 ? '' : `, ${count(indices, 'whole index', 'whole indices')} among them`}`;
