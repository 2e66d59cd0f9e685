import { NO_DOCUMENTS, type SubjectCounts } from '../../criteria/counts.ts';
import type { Criteria } from '../../criteria/due-criteria.ts';
import type { Survey } from '../../criteria/survey-result.ts';

/** The erasures of a plan. Names no subject. */
export interface PlannedErasures {
  /** Number of subjects whose erasure is due. */
  readonly due: number;
  /** How many of these subjects have no documents. */
  readonly withoutDocuments: number;
  /** Further subjects whose erasure is due, left to the next run. */
  readonly more: number;
  readonly documents: number;
  /** Documents dated after the termination, which stay. */
  readonly newUse: number;
  /** Documents that also name another account (or application), which stay. */
  readonly shared: number;
}

/** Adds up the due documents of subjects under these criteria, from the counts of each subject. */
export const plannedErasuresOf = (
  { termination }: Criteria,
  { subjects }: Pick<Survey, 'subjects'>,
): PlannedErasures => {
  const dueSubjects = termination?.subjects ?? [];
  const counts = dueSubjects.map(({ key }) => subjects?.get(key) ?? NO_DOCUMENTS);
  const sum = (which: keyof SubjectCounts): number => counts.reduce((total, each) => total + (each[which] ?? 0), 0);
  return {
    due: dueSubjects.length,
    withoutDocuments: counts.filter((each) => each.due === 0).length,
    more: termination?.more ?? 0,
    documents: sum('due'),
    newUse: sum('newUse'),
    shared: sum('shared'),
  };
};
