import { count, number } from '../../base/number-text.ts';
import { NO_DOCUMENTS, type SubjectCounts } from '../../criteria/counts.ts';
import type { Criteria } from '../../criteria/due-criteria.ts';
import type { Finding } from '../../criteria/finding.ts';
import { resetAdvice } from '../../criteria/script-settings.ts';
import type { Survey } from '../../criteria/survey-result.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { unreadableDocuments } from './unreadable-documents.ts';
import { wholeSearch } from './whole-search.ts';

interface Counted extends SubjectCounts {
  readonly eraseBy: Instant;
  readonly isWhole: boolean;
}

const sumOf = (subjects: readonly Counted[], which: keyof SubjectCounts): number =>
  subjects.reduce((total, each) => total + (each[which] ?? 0), 0);

/** `2 documents of 1 terminated subject` */
const documentsOf = (subjects: readonly Counted[], which: keyof SubjectCounts): string => {
  const owners = count(subjects.length, 'terminated subject', 'terminated subjects');
  return `${count(sumOf(subjects, which), 'document', 'documents')} of ${owners}`;
};

/** Findings about documents that keep an erasure open because index and document name different accounts. */
const doubtFindings = (subjects: readonly Counted[], accountField: string, patterns: string): readonly Finding[] => {
  const unindexed = subjects.filter((subject) => subject.unindexed > 0);
  const unclear = subjects.filter((subject) => subject.unclear > 0);
  const inPlace = (query: string) =>
    `POST /${patterns}/_update_by_query?conflicts=proceed&refresh=true {"query": ${query}}`;
  const findings: (Finding | false)[] = [
    unindexed.length > 0 && {
      code: 'unindexed-account',
      severity: 'blocking',
      subjects: unindexed.length,
      expected: 'a search by the account to find every document that names it',
      found: `${documentsOf(unindexed, 'unindexed')}, found by no search, because they were indexed while the mapping left the account out`,
      fix: `When the mapping includes the account, index these documents again in place: ${inPlace(`{"bool": {"should": [{"term": {"_ignored": "${accountField}"}}, {"bool": {"must_not": {"exists": {"field": "${accountField}"}}}}]}}`)}. The next run erases them.`,
    },
    unclear.length > 0 && {
      code: 'unclear-account',
      severity: 'blocking',
      subjects: unclear.length,
      expected: 'documents that state exactly, in their own content, whose they are',
      found: `${documentsOf(unclear, 'unclear')}, but only by what a search finds: the value came from another field (an earlier copy_to), or is an inexact number (a decimal beyond 2^53, a float of CBOR or SMILE beyond 2^24)`,
      fix: `Nobody can tell whose they are, so they stay. Copied values disappear when the documents are indexed again in place: ${inPlace(`{"exists": {"field": "${accountField}"}}`)}. Inexact numbers have to be written again as texts.`,
    },
  ];
  return findings.filter((finding) => finding !== false);
};

/** One finding for all indices: the setting belongs to the cluster. */
const unsearchedFindings = ({ unsearched }: Survey, due: number): readonly Finding[] => {
  const [why] = unsearched?.values() ?? [];
  if (unsearched === undefined || why === undefined || due === 0) return [];
  const where = count(unsearched.size, 'index', 'indices');
  return [
    {
      code: 'not-examined',
      severity: 'blocking',
      subjects: due,
      expected: 'a cluster that searches with run-time fields, because only these find accounts exactly',
      found: `${why === 'time' ? 'it took too long' : `${why} refuses it`} in ${where}; nothing was erased there`,
      fix:
        why === 'time'
          ? 'Age rules continue. Documents without an account take longest: keep them in indices of a category of their own. If there are none, look at the load of the cluster.'
          : `${resetAdvice(why)} Age rules continue if they do not need this.`,
    },
  ];
};

/** If a run erases nobody at all, the cause is not the number of subjects. */
const leftFinding = ({ subjects, more }: NonNullable<Criteria['termination']>): Finding => ({
  code: 'erasures-left',
  severity: 'blocking',
  subjects: more,
  ...(subjects.length === 0
    ? {
        expected: 'no obstacle to the erasures that are due',
        found: `${number(more)} that this run does not look at`,
        fix: 'The other findings of this category name the obstacle. When it is removed, the next run continues with these erasures, the most urgent first.',
      }
    : {
        expected: `at most ${number(subjects.length)} subjects due in one run`,
        found: `${number(more)} more`,
        fix: 'The next runs continue with them, the most urgent first.',
      }),
});

/** Findings about subjects whose erasure is due: how many subjects and documents. Names none of them. */
export const erasureFindings = (
  { termination }: Criteria,
  surveyed: Survey,
  now: Instant,
  patterns: readonly string[],
): readonly Finding[] => {
  if (termination === undefined) return [];
  const isWhole = wholeSearch(surveyed);
  const subjects = termination.subjects.map(
    (subject): Counted => ({
      eraseBy: subject.eraseBy,
      isWhole: isWhole(subject),
      ...(surveyed.subjects?.get(subject.key) ?? NO_DOCUMENTS),
    }),
  );
  const mayHaveOwnDocuments = ({ due, unclear, unindexed, unreadable, isWhole: isSearched }: Counted): boolean =>
    due + unclear + unindexed + unreadable > 0 || !isSearched;
  const overdue = subjects.filter((subject) => subject.eraseBy < now && mayHaveOwnDocuments(subject));
  const shared = subjects.filter((subject) => subject.shared > 0);
  const used = subjects.filter(({ newUse }) => newUse > 0);
  const findings: (Finding | false)[] = [
    overdue.length > 0 && {
      code: 'erasure-overdue',
      severity: 'blocking',
      subjects: overdue.length,
      expected: 'every terminated subject erased by its deadline',
      found: `${number(overdue.length)} past it; their documents that were found: ${number(sumOf(overdue, 'due'))}`,
      fix: 'See node bin/es-retention.mjs status for the subjects, and the other findings for the obstacles.',
    },
    termination.more > 0 && leftFinding(termination),
    shared.length > 0 && {
      code: 'shared-documents',
      severity: 'blocking',
      subjects: shared.length,
      expected: 'documents of one account (and application) each',
      found: `${documentsOf(shared, 'shared')}; each also names another account (or application)`,
      fix: 'They are not erased for one of several owners. Split or remove them by hand. The next run closes the erasure.',
    },
    used.length > 0 && {
      code: 'new-use',
      severity: 'notice',
      subjects: used.length,
      expected: 'no document dated after the termination of the feature',
      found: `${documentsOf(used, 'newUse')}; each stays`,
      fix: 'Somebody uses the feature again, and the account system has not said so. Ask the account system for a reinstatement, or for a new termination.',
    },
  ];
  return [
    ...findings.filter((finding) => finding !== false),
    ...unsearchedFindings(surveyed, subjects.length),
    ...doubtFindings(subjects, termination.accountField, patterns.join(',')),
    ...unreadableDocuments(subjects, termination.accountField, patterns.join(',')),
  ];
};
