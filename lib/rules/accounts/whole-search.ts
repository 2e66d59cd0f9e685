import type { DueSubject } from '../../criteria/due-criteria.ts';
import type { Survey } from '../../criteria/survey-result.ts';
import { isLookedFor, searchFactsOf } from './account-findings.ts';

/** Whether the search for one subject was complete. It is called thousands of times for one survey. */
export type IsSearchComplete = (subject: Pick<DueSubject, 'uin' | 'sdkAppId' | 'until'>) => boolean;

/**
 * Decides whether the search for a subject was complete in every index. Only then can its documents be called gone. All
 * of this must hold: each index with documents was counted; its fields can hold the account (and application) exactly;
 * no document has an account that searches do not see; and if new use stays, a field dates the documents and no field
 * hides dates. Without any index, no subject was searched, unless the reason for the missing index is known.
 */
export const wholeSearch = ({ indices, mayBeEmpty }: Survey): IsSearchComplete => {
  if (indices.length === 0 && mayBeEmpty !== true) return () => false;
  if (indices.some(({ counts }) => counts === undefined)) return () => false;
  const looks = indices.flatMap(({ counts, usable }) =>
    counts === undefined || counts.documents === 0 ? [] : [searchFactsOf(usable, counts)],
  );
  // Indices with the same properties are checked once: there are only a few kinds, however many indices.
  const kinds = [...new Map(looks.map((look) => [JSON.stringify(look), look])).values()];
  return (subject) => kinds.every((look) => isLookedFor(subject, look));
};
