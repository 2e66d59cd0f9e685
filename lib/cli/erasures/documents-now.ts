import { NO_DOCUMENTS, type SubjectCounts } from '../../criteria/counts.ts';
import type { DueSubject } from '../../criteria/due-criteria.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { criteriaOf } from '../../purge/combine-rules.ts';
import { survey } from '../../purge/survey.ts';
import { wholeSearch } from '../../rules/accounts/whole-search.ts';
import { count, number } from '../output/format.ts';
import type { Session } from '../session.ts';

/** The documents that a category has of one subject now. */
export interface DocumentsNow extends Omit<SubjectCounts, 'due'> {
  /** Documents that its erasure covers. The erasure may be owed, but not due yet. */
  readonly owed: number;
  /** Every index was counted, and finds accounts exactly. Otherwise there may be more documents. */
  readonly isWhole: boolean;
  /** There is no index. */
  readonly isEmpty?: true;
}

/**
 * Counts the documents of one subject in a category, after a refresh. Changes nothing.
 * @returns undefined if they cannot be counted, for any reason: the event has been recorded anyway.
 */
export const documentsNow = async (
  { policy, ports }: Pick<Session, 'policy' | 'ports'>,
  category: Category,
  subject: DueSubject,
): Promise<DocumentsNow | undefined> => {
  try {
    const { termination } = criteriaOf(category, policy, ports.clock(), { subjects: [subject], more: 0 });
    if (termination === undefined) return undefined;
    const surveyed = await survey(ports.store, category, { termination });
    const { due: owed, ...others } = surveyed.subjects?.get(subject.key) ?? NO_DOCUMENTS;
    return {
      owed,
      ...others,
      isWhole: wholeSearch(surveyed)(subject),
      ...(surveyed.indices.length === 0 && { isEmpty: true }),
    };
  } catch {
    return undefined;
  }
};

/** `12 documents found now`, with documents that stay, and a note if there may be more. */
export const documentsText = (found: DocumentsNow | undefined): string => {
  if (found === undefined) return 'documents not counted';
  if (found.isEmpty === true) return 'no index is there to look into';
  const { owed, newUse, shared, unclear, unindexed, unreadable, isWhole } = found;
  return [
    `${isWhole ? '' : 'at least '}${count(owed, 'document', 'documents')} found now`,
    ...(newUse > 0 ? [`${number(newUse)} dated later, which stay`] : []),
    ...(shared > 0 ? [`${number(shared)} of several owners, which stay`] : []),
    ...(unclear + unindexed > 0 ? [`${number(unclear + unindexed)} that a search cannot tell, which stay`] : []),
    ...(unreadable > 0 ? [`${number(unreadable)} that nobody can read, which stay`] : []),
    ...(isWhole ? [] : ['not every index could be looked at']),
  ].join(', ');
};
