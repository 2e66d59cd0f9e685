import type { DueSubject } from '../../criteria/due-criteria.ts';
import type { Survey } from '../../criteria/survey-result.ts';
import { isLookedFor, searchFactsOf } from './account-findings.ts';

/** Whether one subject was looked for completely. It is called thousands of times for one survey. */
export type IsWhole = (subject: Pick<DueSubject, 'uin' | 'sdkAppId' | 'until'>) => boolean;

/**
 * Decides whether a subject was looked for completely in every index; only then can its documents be called gone. All
 * of this must hold: each index with documents was counted; its fields can hold the account (and application) exactly;
 * no document holds an account that searches do not see; and if new use stays, a field dates the documents and none
 * hides dates. Without any index, nobody was looked for, unless the reason is known.
 */
export const wholeSearch = ({ indices, mayBeEmpty }: Survey): IsWhole => {
  if (indices.length === 0 && mayBeEmpty !== true) return () => false;
  if (indices.some(({ counts }) => counts === undefined)) return () => false;
  const looks = indices.flatMap(({ counts, usable }) =>
    counts === undefined || counts.documents === 0 ? [] : [searchFactsOf(usable, counts)],
  );
  // Indices with the same properties are checked once: there are only a few kinds, however many indices.
  const kinds = [...new Map(looks.map((look) => [JSON.stringify(look), look])).values()];
  return (subject) => kinds.every((look) => isLookedFor(subject, look));
};
