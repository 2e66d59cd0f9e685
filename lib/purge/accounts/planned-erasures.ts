import { type Criteria, NO_DOCUMENTS, type SubjectCounts } from '../document-store.ts';
import type { Survey } from '../surveyed.ts';

/** What a plan would erase. Nothing in it names a subject. */
export interface PlannedErasures {
  /** Subjects whose erasure is due. */
  readonly due: number;
  /** Those of them of whom nothing is there to erase. */
  readonly withoutDocuments: number;
  /** Subjects that are due as well, and left to the next run. */
  readonly more: number;
  readonly documents: number;
  /** Documents dated after the termination, which stay. */
  readonly newUse: number;
  /** Documents that bear another account (or application) as well, which stay. */
  readonly shared: number;
}

/** Counts what is owed to subjects under these criteria, by what was found of each. Pure. */
export const erasuresOf = ({ erasures }: Criteria, { subjects }: Pick<Survey, 'subjects'>): PlannedErasures => {
  const owed = erasures?.subjects ?? [];
  const counts = owed.map(({ key }) => subjects?.get(key) ?? NO_DOCUMENTS);
  const sum = (which: keyof SubjectCounts): number => counts.reduce((total, each) => total + each[which], 0);
  return {
    due: owed.length,
    withoutDocuments: counts.filter((each) => each.owed === 0).length,
    more: erasures?.more ?? 0,
    documents: sum('owed'),
    newUse: sum('newUse'),
    shared: sum('shared'),
  };
};
