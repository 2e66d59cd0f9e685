import { isLookedFor, lookOf } from '../accounts/account-findings.ts';
import type { DueSubject } from '../document-store.ts';
import type { Survey } from '../surveyed.ts';

/** Answers for one subject; one survey is asked about thousands. */
export type IsWhole = (subject: Pick<DueSubject, 'uin' | 'sdkAppId' | 'until'>) => boolean;

/**
 * Whether a subject was looked for in every index, and wholly: only then can it be called gone. Each index that holds documents was
 * counted; its fields can hold the account (and application) exactly; no account there is in a document only and out of our sight;
 * and where new use stays, a field tells when a document was, and none hides it. Where no index is there at all, nobody was looked for, unless it is
 * known why.
 */
export const wholeness = ({ indices, mayBeEmpty }: Survey): IsWhole => {
  if (indices.length === 0 && mayBeEmpty !== true) return () => false;
  if (indices.some(({ counts }) => counts === undefined)) return () => false;
  const looks = indices.flatMap(({ counts, dating }) =>
    counts === undefined || counts.documents === 0 ? [] : [lookOf(dating, counts)],
  );
  // A handful of kinds, however many indices.
  const kinds = [...new Map(looks.map((look) => [JSON.stringify(look), look])).values()];
  return (subject) => kinds.every((look) => isLookedFor(subject, look));
};
