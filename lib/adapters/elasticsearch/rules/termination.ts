import type { ErasureCriteria, SubjectSlice, Target } from '../../../purge/document-store.ts';
import { sliceDocuments } from '../../../purge/document-store.ts';
import { joinSubjects } from '../../../purge/execute/slices.ts';
import { owedRuntime, owedTo, subjectCounts, subjectSearch, unindexed } from '../query/erasure-query.ts';
import { ownerless, ownerlessRuntime } from '../query/ownerless-query.ts';
import { filtered, type RuleQuery, type SearchTarget } from './rule-query.ts';

const subjectSlices = async (
  search: SearchTarget,
  target: Target,
  criteria: ErasureCriteria,
): Promise<readonly SubjectSlice[]> => {
  const body = subjectSearch(criteria, target.dating);
  if (body === undefined) return [];
  const counted = await search(target, body, 'measuring what is owed in');
  const counts = subjectCounts(criteria, target.dating, counted.aggregations);
  return joinSubjects(
    criteria.subjects,
    new Map([...counts].map(([key, { owed }]) => [key, owed])),
    sliceDocuments(target),
  );
};

/** How the termination rule is queried: by the documents of subjects, whose accounts are in `_source`. */
export const TERMINATION_QUERY: RuleQuery = {
  id: 'termination',
  due: ({ erasures }, dating) => (erasures === undefined ? undefined : owedTo(erasures, dating, erasures.subjects)),
  dueInSlice: ({ erasures }, dating, slice) =>
    erasures === undefined || !('subjects' in slice) ? undefined : owedTo(erasures, dating, slice.subjects),
  runtime: ({ erasures }, dating, slice) => {
    if (erasures === undefined || (slice !== undefined && !('subjects' in slice))) return {};
    return owedRuntime(erasures, dating, slice?.subjects ?? erasures.subjects);
  },
  slices: async (search, target, { erasures }) =>
    erasures === undefined ? [] : subjectSlices(search, target, erasures),
  // Counts documents whose accounts the index does not show. For a constant_keyword, the mapping shows everything.
  counts: ({ erasures }, dating) =>
    erasures === undefined || dating.account === undefined
      ? {}
      : {
          unowned: filtered(ownerless(erasures, dating)),
          ...(dating.account.path === undefined &&
            dating.account.type !== 'constant_keyword' && { unexamined: filtered(unindexed(erasures)) }),
        },
  countRuntime: ({ erasures }, dating) => (erasures === undefined ? {} : ownerlessRuntime(erasures, dating)),
};
