import { count, number } from '../base/number-text.ts';
import type { Criteria, TerminationCriteria } from '../criteria/due-criteria.ts';
import type { Finding } from '../criteria/finding.ts';
import type { Category } from '../policy/retention-policy.ts';
import { accountFindings } from './accounts/account-findings.ts';
import { erasureFindings } from './accounts/erasure-findings.ts';
import { mayEndFeature } from './accounts/new-use.ts';
import { plannedErasuresOf } from './accounts/planned-erasures.ts';
import type { CountedIndex, FoundCategory, RuleContext, RuleKind, RuleWording } from './rule.ts';

const terminationCriteria = ({ category, dueErasures: { subjects, more } }: RuleContext): TerminationCriteria => ({
  accountField: category.accountField,
  ...(category.applicationField !== undefined && { applicationField: category.applicationField }),
  timestampField: category.timestampField,
  ingestedField: category.ingestedField,
  subjects,
  more,
});

const ownerlessFindings = ({ index, counts: { ownerless = 0 }, category }: CountedIndex): readonly Finding[] =>
  ownerless === 0
    ? []
    : [
        {
          code: 'no-account',
          severity: 'notice',
          index: index.name,
          expected: `every document to name its account in "${category.accountField}"`,
          found: `${number(ownerless)} in which no search finds an account`,
          fix: 'No termination reaches them, whoever they are about. Write the account into them, or add an age rule.',
        },
      ];

/** Without an index, no account can be searched. A due erasure stays open, unless it is known why there is no index. */
const noIndexFinding = ({ id, indices }: Category, { termination, mayBeEmpty }: Criteria): Finding | undefined => {
  const due = mayBeEmpty === true ? 0 : (termination?.subjects.length ?? 0);
  if (due === 0) return undefined;
  return {
    code: 'no-index',
    severity: 'blocking',
    subjects: due,
    expected: `an index that matches ${indices.join(', ')}`,
    found: `none, and ${count(due, 'erasure', 'erasures')} due, which nobody can look for: these erasures stay open until there is an index`,
    fix: `Check the pattern in the policy for a mistake. Check also whether the indices are missing for a while (being restored or renamed, for example): the first run that finds them continues. If the service has no index yet, node bin/es-retention.mjs purge --execute --allow-empty --category ${id} closes these erasures, with nothing found. To avoid more such erasures, leave the category out of the policy until it has its first index, or create that index empty.`,
  };
};

/** Lines with the number of due subjects, and the documents that were found of them. */
const plannedLines = ({ category, criteria, survey }: FoundCategory): readonly string[] => {
  if (category.rules.termination === undefined) return [];
  const { due, withoutDocuments, documents } = plannedErasuresOf(criteria, survey);
  if (due === 0) return ['no erasure is due'];
  const none = withoutDocuments === 0 ? '' : `, ${number(withoutDocuments)} of them without any`;
  return [
    `due to be erased: ${count(documents, 'document', 'documents')} of ${count(due, 'terminated subject', 'terminated subjects')}${none}`,
  ];
};

const wording: RuleWording = {
  due: 'to be erased',
  dueDocuments: ['due document', 'due documents'],
  limit: ({ rules: { termination } }) =>
    termination === undefined ? '' : `${termination.deadline.iso} after termination`,
  rule: ({ rules: { termination } }) =>
    termination === undefined
      ? ''
      : `erased ${termination.cancelWindow.iso} to ${termination.deadline.iso} after termination`,
  planned: plannedLines,
  json: ({ rules: { termination } }) => ({
    cancelWindow: termination?.cancelWindow.iso ?? null,
    deadline: termination?.deadline.iso ?? null,
  }),
  plannedJson: ({ category, criteria, survey }) => ({
    erasures: category.rules.termination === undefined ? null : plannedErasuresOf(criteria, survey),
  }),
};

/**
 * The termination rule, `rules.termination`: erases the documents of an account or application after its termination.
 * The ledger says to whom an erasure is owed.
 */
export const TERMINATION_RULE: RuleKind = {
  id: 'termination',
  criteriaOf: (context) => ({ termination: terminationCriteria(context) }),
  canBeDue: ({ termination }) => termination !== undefined && termination.subjects.length > 0,
  mappingNeeds: (category) => ({
    dates: [],
    otherFields: [category.accountField],
    ...(mayEndFeature(category) && { datesDecide: 'new-use' }),
  }),
  mappingFindings: ({ criteria, ...counted }) =>
    accountFindings({ ...counted, subjects: criteria.termination?.subjects ?? [] }),
  countFindings: ownerlessFindings,
  findings: ({ category, criteria, survey }, now) => erasureFindings(criteria, survey, now, category.indices),
  noIndexFinding,
  wording,
};
