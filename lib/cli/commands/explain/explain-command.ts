import { InputError, RetentionError } from '../../../base/errors.ts';
import { reachesIndex } from '../../../control/controls.ts';
import type { LedgerEntry } from '../../../erasure/ledger/ledger-entry.ts';
import { CategoryVisit } from '../../../erasure/recording/category-visit.ts';
import { matchesPattern } from '../../../policy/index-pattern.ts';
import type { Category } from '../../../policy/retention-policy.ts';
import { type ListedIndex, unclaimedIndices } from '../../../purge/indices/unclaimed-indices.ts';
import { type AskedSubject, entriesOf } from '../../erasures/subject-entries.ts';
import { EXIT, worstOf } from '../../exit-code.ts';
import { type Answer, fact } from '../../explain/answer.ts';
import { explainDocument } from '../../explain/explain-document.ts';
import { explainIndex } from '../../explain/explain-index.ts';
import { explainSubject } from '../../explain/explain-subject.ts';
import { findingsPage } from '../../output/findings-page.ts';
import { printableIdentifier } from '../../output/printable.ts';
import type { Result } from '../../output/result.ts';
import { unreachedClauses, unreachedExitCode, unreachedJson, unreachedSection } from '../../output/unreached.ts';
import type { Session } from '../../session.ts';

/** The question: about an index, one document of it, or an account. */
export type ExplainQuestion = { readonly index: string; readonly id?: string } | { readonly subject: AskedSubject };

const noSuch = (what: string, found: string): InputError =>
  new InputError('nothing-to-explain', {
    expected: `${what} that the key may see`,
    found,
    fix: 'Check the name. It may be gone already, or the key may not see it: node bin/es-retention.mjs plan lists all indices of the categories.',
  });

const namesOf = ({ name, dataStream, aliases }: ListedIndex): readonly string[] => [
  name,
  ...aliases,
  ...(dataStream === undefined ? [] : [dataStream]),
];

/** The categories whose patterns lead to an index: by its name, an alias, or its data stream. */
const categoriesOf = (session: Session, listed: ListedIndex): readonly Category[] =>
  [...session.policy.categories.values()].filter(
    (category) =>
      reachesIndex(category, listed.name) ||
      namesOf(listed).some((name) => category.indices.some((pattern) => matchesPattern(name, pattern))),
  );

const resultOf = (answers: readonly Answer[], visit: CategoryVisit): Result => {
  const { unreached } = visit;
  const summary = [...answers.map((answer) => answer.summary), ...unreachedClauses(unreached)].join('; ');
  const isLeft = answers.some((answer) => answer.isLeft);
  const exitCode = worstOf([isLeft ? EXIT.left : EXIT.done, unreachedExitCode(unreached)]);
  const [only, ...others] = answers;
  const page =
    only !== undefined && others.length === 0
      ? [{ text: only.summary, style: 'bold' as const }, ...only.page]
      : answers.flatMap((answer, at) => [
          ...(at === 0 ? [] : ['']),
          { text: answer.summary, style: 'bold' as const },
          ...answer.page,
        ]);
  return {
    page: [...page, ...unreachedSection(unreached)],
    json: {
      command: 'explain',
      summary,
      exitCode,
      answers: answers.map(({ json, summary: said }) => ({ summary: said, ...json })),
      unreached: unreachedJson(unreached),
    },
    exitCode,
  };
};

/** For an index that does not look like one of ours, so that no finding names it. */
const TO_OWN =
  'If it contains personal data, add its name to the indices of a category in the policy. If it contains none, add it to ignoredIndices.';

/** Nobody owns the index: no rule removes anything in it. */
const ownerlessAnswer = async ({ policy, catalogue }: Session, { name }: ListedIndex): Promise<Answer> => {
  const findings = (await unclaimedIndices(policy, catalogue)).filter(({ index }) => index === name);
  const isIgnored = policy.ignoredIndices.some((pattern) => matchesPattern(name, pattern));
  const why = isIgnored ? 'the policy ignores it (ignoredIndices)' : 'no pattern of a category matches it';
  return {
    summary: `${name} belongs to no category, so no rule removes anything in it: ${why}`,
    isLeft: !isIgnored,
    page: isIgnored || findings.length > 0 ? findingsPage(findings) : [fact('fix', TO_OWN)],
    json: { category: null, index: name, isIgnored, findings },
  };
};

const explainWhere = async (session: Session, { index, id }: { index: string; id?: string }): Promise<Result> => {
  const listed = (await session.catalogue.list([])).find(({ name }) => name === index);
  if (listed === undefined) throw noSuch(`an index "${printableIdentifier(index)}"`, 'none of that name');
  const visit = new CategoryVisit();
  const categories = new Map(categoriesOf(session, listed).map((category) => [category.id, category]));
  if (categories.size === 0) return resultOf([await ownerlessAnswer(session, listed)], visit);
  const answers = await visit.each(categories.keys(), async (category) => {
    const found = categories.get(category);
    if (found === undefined) return undefined;
    return id === undefined ? explainIndex(session, found, index) : explainDocument(session, found, index, id);
  });
  const found = [...answers.values()].flatMap((answer) => answer ?? []);
  if (found.length === 0 && visit.unreached.length === 0)
    throw noSuch(`a document "${printableIdentifier(id ?? '')}" in ${index}`, 'none with that id');
  return resultOf(found, visit);
};

/** The entries of a subject; undefined if no key is configured by which it could be looked up. */
const entriesFor = async (
  session: Session,
  subject: AskedSubject,
  visit: CategoryVisit,
): Promise<readonly LedgerEntry[] | undefined> => {
  try {
    await session.erasure.subjectKeys();
  } catch (error) {
    if (error instanceof RetentionError) return undefined;
    throw error;
  }
  return entriesOf(session, subject, visit);
};

const explainWhom = async (session: Session, subject: AskedSubject): Promise<Result> => {
  const visit = new CategoryVisit();
  const entries = await entriesFor(session, subject, visit);
  const categories = new Map(session.policy.categories);
  const answers = await visit.each(categories.keys(), async (id) => {
    const category = categories.get(id);
    if (category === undefined) return undefined;
    const own = entries?.filter((entry) => entry.category === id);
    return explainSubject(session, category, subject, own);
  });
  return resultOf(
    [...answers.values()].flatMap((answer) => answer ?? []),
    visit,
  );
};

/**
 * `explain`: why something is still there: the rule, the date that decides, when it goes, and the obstacles with their
 * beginnings. Changes nothing. The exit code is 3 if something is left that should be gone, or that nobody removes.
 * @throws InputError `nothing-to-explain`
 */
export const explainCommand = (session: Session, question: ExplainQuestion): Promise<Result> =>
  'subject' in question ? explainWhom(session, question.subject) : explainWhere(session, question);
