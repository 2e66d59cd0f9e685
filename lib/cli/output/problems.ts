import { type Finding, isBlocking } from '../../criteria/finding.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { describeDuration } from '../../policy/time/duration.ts';
import { dueDocumentsOf } from '../../rules/rule-kinds.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type CategoryResult, type Failed, isFailed } from './category-result.ts';
import { count } from './format.ts';

const UNAVAILABLE: readonly Finding['code'][] = ['closed', 'red', 'read-blocked', 'unanswered', 'shadowed-metadata'];
/** These are shown as a number of documents instead. */
const COUNTED: readonly Finding['code'][] = ['undatable', 'not-purged'];

const erasures = (subjects: number): string => count(subjects, 'erasure', 'erasures');
/** Problems that are shown with the number of subjects, not of indices. */
const ERASURE_PROBLEMS: Partial<Record<Finding['code'], (subjects: number) => string>> = {
  'erasure-overdue': (subjects) => `${erasures(subjects)} overdue`,
  'erasures-left': (subjects) => `${erasures(subjects)} left to the next run`,
  'erasures-braked': (subjects) => `${erasures(subjects)} braked`,
  'shared-documents': (subjects) => `${erasures(subjects)} held up by shared documents`,
  'ledger-not-examined': () => 'ledger not examined',
  'not-moved': (subjects) => `${count(subjects, 'record', 'records')} of an earlier version not moved`,
  'orphaned-erasures': (subjects) => `${erasures(subjects)} that no rule answers for`,
  'forgotten-events': (subjects) => `${count(subjects, 'event', 'events')} that the ledger has forgotten`,
  'altered-entry': (subjects) => `${count(subjects, 'entry', 'entries')} of the ledger not believed`,
  'altered-event': (subjects) => `${count(subjects, 'event', 'events')} not believed`,
  'forgotten-copies': (subjects) =>
    subjects === 0 ? 'archive not examined' : `${count(subjects, 'event', 'events')} known to the archive only`,
};

/** Problems with erasures, a few words for each finding. */
export const erasureProblems = (findings: readonly Finding[]): string[] =>
  findings.flatMap(({ code, subjects = 0 }) => ERASURE_PROBLEMS[code]?.(subjects) ?? []);

/**
 * One index may have several findings of a kind, one for each field. A finding about the whole category has no index.
 */
const indicesIn = (findings: readonly Finding[]): number => new Set(findings.flatMap(({ index }) => index ?? [])).size;

const inIndices = (code: Finding['code'], indices: number): string =>
  `${code} in ${count(indices, 'index', 'indices')}`;

const findingProblems = (findings: readonly Finding[]): string[] => {
  const blocking = findings.filter(
    (finding) => isBlocking(finding) && !COUNTED.includes(finding.code) && !(finding.code in ERASURE_PROBLEMS),
  );
  const unavailable = blocking.filter(({ code }) => UNAVAILABLE.includes(code));
  const others = Map.groupBy(
    blocking.filter(({ code }) => !UNAVAILABLE.includes(code)),
    ({ code }) => code,
  );
  return [
    ...(unavailable.length === 0 ? [] : [`${count(unavailable.length, 'index', 'indices')} unavailable`]),
    ...[...others].map(([code, found]) => (indicesIn(found) === 0 ? code : inIndices(code, indicesIn(found)))),
  ];
};

const documentsDue = (category: Category, documents: number): string => count(documents, ...dueDocumentsOf(category));

/** The problems of a category, a few words for each; empty if there are none. */
export const problemsOf = (result: CategoryResult | Failed): readonly string[] => {
  if (isFailed(result))
    return [result.exitCode === EXIT.left ? result.failure.code : `failed (${result.failure.code})`];
  const { totals, refusals, findings, left } = result;
  return [
    // The oldest document may have been deleted since the count, or may have become overdue just now.
    ...(totals.overdue > 0
      ? [`overdue${result.overdueBy < 1 ? '' : ` by ${describeDuration(result.overdueBy)}`}`]
      : []),
    ...erasureProblems(findings),
    ...(left > 0 ? [`incomplete (${documentsDue(result.category, left)} left)`] : []),
    ...(totals.undatable > 0 ? [`${count(totals.undatable, 'document', 'documents')} undatable`] : []),
    ...findingProblems(findings),
    ...(refusals.length > 0 ? [`refused (${[...new Set(refusals.map(({ code }) => code))].join(', ')})`] : []),
  ];
};

/** The exit code for one category. */
export const exitCodeOfCategory = (result: CategoryResult | Failed): ExitCode => {
  if (isFailed(result)) return result.exitCode;
  return problemsOf(result).length > 0 ? EXIT.left : EXIT.done;
};
