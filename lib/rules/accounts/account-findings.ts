import type { Counts } from '../../criteria/counts.ts';
import type { DueSubject, IdentifierField, UsableFields } from '../../criteria/due-criteria.ts';
import type { Finding } from '../../criteria/finding.ts';
import type { IndexDescription } from '../../criteria/index-description.ts';
import { lostFromSource } from '../../criteria/source-facts.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { canHold, canTell, describeIdentifier, identifierField, isInteger } from './identifier-field.ts';
import { canTellNewUse, mayEndFeature } from './new-use.ts';
import { shadowFinding } from './shadow-finding.ts';

/** One index that holds documents, and the subjects to be erased from its category. */
interface Looked {
  readonly index: IndexDescription;
  readonly usable: UsableFields;
  readonly counts: Counts;
  readonly category: Category;
  readonly subjects: readonly DueSubject[];
}

/** A sub-field that could be used instead, as one line of the policy; undefined if there is none. */
const betterName = (index: IndexDescription, key: string, name: string): string | undefined => {
  const [keyword] = index.fields.get(name)?.keywords ?? [];
  return keyword === undefined ? undefined : `write ${key}: ${keyword} into the policy`;
};

const EXPECTED = 'mapped as keyword without a normalizer, or as an integer, searchable, with doc values';

const accountMapping = ({ index, category: { accountField } }: Looked): Finding | undefined => {
  if (identifierField(index, accountField) !== undefined) return undefined;
  const [source] = index.fields.get(accountField)?.copiedFrom ?? [];
  const instead =
    betterName(index, 'accountField', accountField) ??
    (source === undefined ? 'reindex with a keyword mapping' : `write accountField: ${source} into the policy`);
  return {
    code: 'account-mapping',
    severity: 'blocking',
    index: index.name,
    expected: `"${accountField}" ${EXPECTED}, with the document's own values`,
    found: describeIdentifier(index, accountField),
    fix: `In this index, accounts cannot be matched exactly, so nothing in it is erased: ${instead}, or name the right field as accountField in the policy.`,
  };
};

/** An erasure is due for one application, and the policy names no field for applications. */
const unnamedApplications = ({ name }: IndexDescription): Finding => ({
  code: 'account-mapping',
  severity: 'blocking',
  index: name,
  expected: 'an applicationField in the policy, because an erasure of one application is open',
  found: 'none: documents belong to an account as a whole',
  fix: 'Nothing is erased for that application, and its erasure stays open: write applicationField into the policy, or take the termination back with reinstate --app.',
});

const applicationMapping = ({ index, usable, category, subjects }: Looked): Finding | undefined => {
  const { applicationField } = category;
  if (usable.application !== undefined) return undefined;
  const isNeeded = subjects.some(({ sdkAppId }) => sdkAppId !== undefined);
  // After `account-deleted`, the whole account is erased. An application is named there only by an erasure from before
  // the rule dropped a trigger.
  if (!isNeeded && (applicationField === undefined || !mayEndFeature(category))) return undefined;
  if (applicationField === undefined) return unnamedApplications(index);
  const instead = betterName(index, 'applicationField', applicationField) ?? 'reindex with a keyword mapping';
  return {
    code: 'account-mapping',
    severity: isNeeded ? 'blocking' : 'notice',
    index: index.name,
    expected: `"${applicationField}" with the document's own values, in _source or ${EXPECTED}`,
    found: describeIdentifier(index, applicationField),
    fix: `Applications cannot be distinguished there, but whole accounts are still erased: ${instead}, or name the right field as applicationField in the policy.`,
  };
};

const notExamined = ({ index, usable: { account }, counts, category, subjects }: Looked): Finding | undefined => {
  const { unexamined = 0 } = counts;
  if (account === undefined || account.path !== undefined) return undefined;
  const isWhole = !isInteger(account.type) && unexamined === 0;
  if (account.type === 'constant_keyword' || isWhole) return undefined;
  const path = index.fields.get(category.accountField)?.path ?? category.accountField;
  const why = lostFromSource(index.source, path) ?? '_source is lost';
  return {
    code: 'not-examined',
    severity: subjects.length > 0 ? 'blocking' : 'notice',
    index: index.name,
    expected: `documents whose _source has the "${category.accountField}" that was sent`,
    found: isInteger(account.type)
      ? `${why}, and the type ${account.type} reads "007" as 7`
      : `${why}, and in ${unexamined} documents the index lacks the account, or there is none`,
    fix: `${isInteger(account.type) ? 'Nothing is erased there, and no' : 'No'} erasure is closed while this index exists. Write the documents again into an index that keeps _source, with a keyword mapping, and delete this index.`,
  };
};

const notSearchable = (
  index: string,
  name: string,
  { type, longest }: IdentifierField,
  subjects: number,
  held: string,
): Finding => ({
  code: 'identifier-mapping',
  severity: 'blocking',
  index,
  subjects,
  expected: `a mapping of "${name}" that can hold every ${held} to be erased exactly`,
  found: `"${name}" mapped as ${type}${longest === undefined ? '' : ` with ignore_above ${longest}`}, which does not hold ${subjects} of them`,
  fix: 'They were not looked for there, and their erasure stays open. Reindex into an index that maps the field as keyword (ignore_above 128 or more, or none), and delete this index.',
});

const identifierMapping = ({ index, usable: { account }, category, subjects }: Looked): Finding | undefined => {
  if (account === undefined || (account.path === undefined && isInteger(account.type))) return undefined;
  const unsearched = subjects.filter(({ uin }) => !canHold(account, uin)).length;
  return unsearched === 0
    ? undefined
    : notSearchable(index.name, category.accountField, account, unsearched, 'account');
};

const applicationIdentifier = ({ index, usable, category, subjects }: Looked): Finding | undefined => {
  const { account, application } = usable;
  const { applicationField } = category;
  if (account === undefined || application === undefined || applicationField === undefined) return undefined;
  const unsearched = subjects.filter(
    ({ sdkAppId }) => sdkAppId !== undefined && !canTell(application, sdkAppId),
  ).length;
  return unsearched === 0
    ? undefined
    : notSearchable(index.name, applicationField, application, unsearched, 'application');
};

/**
 * Findings about how accounts are found in one index. Empty for a category without a termination rule. Gives numbers of
 * subjects, never their names.
 */
export const accountFindings = (looked: Looked): readonly Finding[] =>
  looked.category.rules.termination === undefined
    ? []
    : [
        accountMapping(looked),
        applicationMapping(looked),
        notExamined(looked),
        identifierMapping(looked),
        applicationIdentifier(looked),
      ].filter((finding) => finding !== undefined);

/**
 * Why no subject can be searched in an index; undefined if some subjects can be searched. Ignores problems that affect
 * only some identifiers.
 */
export const unlistedReason = (index: IndexDescription, { accountField }: Category): string | undefined => {
  if (!index.open) return 'closed';
  if (index.health === 'red') return 'red';
  if (index.blocks.includes('read')) return 'index.blocks.read';
  const shadowed = shadowFinding(index);
  if (shadowed !== undefined) return `${shadowed.found}. ${shadowed.fix}`;
  if (!index.answers) return 'it does not tell its fields';
  const account = identifierField(index, accountField);
  if (account === undefined) {
    const better = betterName(index, 'accountField', accountField);
    return [describeIdentifier(index, accountField), ...(better === undefined ? [] : [better])].join(': ');
  }
  return isInteger(account.type) && account.path === undefined
    ? `its _source does not tell "007" from 7, and "${accountField}" is mapped as ${account.type}`
    : undefined;
};

/** The facts about one index that decide whether a subject can be searched in it. */
type SearchFacts = Pick<UsableFields, 'account' | 'application'> & {
  readonly isDated: boolean;
  readonly isExamined: boolean;
};

/** Whether all documents of a subject can be found by these fields. */
export const isLookedFor = (
  { uin, sdkAppId, until }: Pick<DueSubject, 'uin' | 'sdkAppId' | 'until'>,
  { account, application, isDated, isExamined }: SearchFacts,
): boolean =>
  account !== undefined &&
  isExamined &&
  canHold(account, uin) &&
  (sdkAppId === undefined || (application !== undefined && canTell(application, sdkAppId))) &&
  (until === undefined || isDated);

/** Whether and how subjects are searched in an index that was counted. */
export const searchFactsOf = (usable: UsableFields, { unexamined = 0 }: Counts): SearchFacts => ({
  ...(usable.account !== undefined && { account: usable.account }),
  ...(usable.application !== undefined && { application: usable.application }),
  isDated: canTellNewUse(usable),
  isExamined: unexamined === 0,
});
