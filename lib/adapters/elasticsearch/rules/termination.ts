import type { TerminationCriteria } from '../../../criteria/due-criteria.ts';
import { type SubjectSlice, sliceDocuments, type Target } from '../../../purge/document-remover.ts';
import { joinSubjects } from '../../../purge/execute/slices.ts';
import { dueForSubjects, dueForSubjectsRuntime, subjectCounts, subjectSearch } from '../query/erasure-query.ts';
import { unindexedBy } from '../query/identifier-params.ts';
import { ownerless, ownerlessRuntime } from '../query/ownerless-query.ts';
import { filtered, type RuleQuery, type SearchTarget } from '../query/rule-query.ts';

const subjectSlices = async (
  search: SearchTarget,
  target: Target,
  criteria: TerminationCriteria,
): Promise<readonly SubjectSlice[]> => {
  const body = subjectSearch(criteria, target.usable);
  if (body === undefined) return [];
  const counted = await search(target, body, 'measuring what is due in');
  const counts = subjectCounts(criteria, target.usable, counted.aggregations);
  return joinSubjects(
    criteria.subjects,
    new Map([...counts].map(([key, { due }]) => [key, due])),
    sliceDocuments(target),
  );
};

/** How the termination rule is queried: by the documents of subjects, whose accounts are in `_source`. */
export const TERMINATION_QUERY: RuleQuery = {
  id: 'termination',
  due: ({ termination }, usable) =>
    termination === undefined ? undefined : dueForSubjects(termination, usable, termination.subjects),
  dueInSlice: ({ termination }, usable, slice) =>
    termination === undefined || !('subjects' in slice)
      ? undefined
      : dueForSubjects(termination, usable, slice.subjects),
  runtime: ({ termination }, usable, slice) => {
    if (termination === undefined || (slice !== undefined && !('subjects' in slice))) return {};
    return dueForSubjectsRuntime(termination, usable, slice?.subjects ?? termination.subjects);
  },
  // A slice of subjects contains what is written later, too.
  slices: async (search, target, { termination }, after) =>
    termination === undefined || after !== undefined ? [] : subjectSlices(search, target, termination),
  // Counts documents whose accounts the index does not show. For a constant_keyword, the mapping shows everything.
  counts: ({ termination }, usable) =>
    termination === undefined || usable.account === undefined
      ? {}
      : {
          ownerless: filtered(ownerless(termination, usable)),
          ...(usable.account.path === undefined &&
            usable.account.type !== 'constant_keyword' && {
              unexamined: filtered(unindexedBy(termination.accountField)),
            }),
        },
  countRuntime: ({ termination }, usable) => (termination === undefined ? {} : ownerlessRuntime(termination, usable)),
};
