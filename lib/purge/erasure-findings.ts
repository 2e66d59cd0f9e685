import type { Instant } from '../policy/instant.ts';
import type { Criteria, SubjectCounts } from './document-store.ts';
import type { Finding } from './finding.ts';
import type { Survey } from './survey.ts';

/**
 * Whether every index was counted, and its mapping finds accounts: only then can a subject be called gone. Answers for one whose
 * new use stays (`byDate`: then its mapping must tell when a document was, too) or goes; one survey is asked about thousands.
 */
export const wholeness = ({ indices }: Survey): ((byDate: boolean) => boolean) => {
  const isWhole = indices.every(
    ({ counts, findings }) => counts !== undefined && findings.every(({ code }) => code !== 'account-mapping'),
  );
  const isDated = indices.every(({ counts, dating }) => counts?.documents === 0 || dating.timestamp || dating.ingested);
  return (byDate) => isWhole && (!byDate || isDated);
};

const NONE: SubjectCounts = { owed: 0, newUse: 0, shared: 0 };

/** What one should know of the subjects whose erasure is due, without naming any: by how many, and how many documents. */
export const erasureFindings = ({ erasures }: Criteria, surveyed: Survey, now: Instant): readonly Finding[] => {
  if (erasures === undefined) return [];
  const isWhole = wholeness(surveyed);
  const subjects = erasures.subjects.map(({ key, eraseBy, until }) => ({
    eraseBy,
    isWhole: isWhole(until !== undefined),
    ...(surveyed.subjects?.get(key) ?? NONE),
  }));
  const overdue = subjects.filter((subject) => subject.eraseBy < now && (subject.owed > 0 || !subject.isWhole));
  const shared = subjects.filter((subject) => subject.shared > 0);
  const used = subjects.filter(({ newUse }) => newUse > 0);
  const sum = (which: 'owed' | 'newUse' | 'shared'): number => subjects.reduce((total, each) => total + each[which], 0);
  const findings: (Finding | false)[] = [
    overdue.length > 0 && {
      code: 'erasure-overdue',
      severity: 'blocking',
      subjects: overdue.length,
      expected: 'every terminated subject erased by its deadline',
      found: `${overdue.length} past it; documents of theirs that were found: ${overdue.reduce((total, { owed }) => total + owed, 0)}`,
      wayOut: 'See npx es-retention status for the subjects, and the other findings for what is in the way.',
    },
    erasures.more > 0 && {
      code: 'erasures-left',
      severity: 'blocking',
      subjects: erasures.more,
      expected: `at most ${erasures.subjects.length} subjects due in one run`,
      found: `${erasures.more} more`,
      wayOut: 'The next run goes on with them, the most urgent first.',
    },
    shared.length > 0 && {
      code: 'shared-documents',
      severity: 'blocking',
      subjects: shared.length,
      expected: 'documents of one account (and application) each',
      found: `${sum('shared')} of ${shared.length} terminated subjects that bear another account (or application) as well`,
      wayOut:
        'They are not erased for one of several owners: split or remove them by hand; the next run closes the erasure.',
    },
    used.length > 0 && {
      code: 'new-use',
      severity: 'notice',
      subjects: used.length,
      expected: 'no document dated after the termination of the feature',
      found: `${sum('newUse')} of ${used.length} terminated subjects, which stay`,
      wayOut:
        'Somebody uses the feature again without a word from the account system: ask it for a reinstatement, or for a new termination.',
    },
  ];
  return findings.filter((finding) => finding !== false);
};
