import type { estypes } from '@elastic/elasticsearch';
import { NO_DOCUMENTS, type SubjectCounts } from '../../../criteria/counts.ts';
import type { DueSubject, TerminationCriteria, UsableFields } from '../../../criteria/due-criteria.ts';
import { canHold, canTell, isInteger } from '../../../rules/accounts/identifier-field.ts';
import { canTellNewUse } from '../../../rules/accounts/new-use.ts';
import { isNumeral, keysOf, OTHER_SPELLINGS, roundedTo, UNREADABLE } from '../scripts/account-texts-script.ts';
import { EMIT_DUE, EMIT_SUBJECTS } from '../scripts/classify-accounts.ts';
import { dateParams } from '../scripts/new-use-script.ts';
import { fieldParams, unindexedBy } from './identifier-params.ts';
import type { Query } from './rule-query.ts';

type RuntimeMappings = Record<string, estypes.MappingRuntimeField>;

/** Names of run-time fields with the results of {@link EMIT_DUE} and {@link EMIT_SUBJECTS}. */
const DUE = 'es_retention_due';
const SUBJECT = 'es_retention_subject';

/**
 * Subjects that can have documents in an index with such fields, and whose documents can be distinguished from new use
 * there.
 */
const findable = (subjects: readonly DueSubject[], usable: UsableFields): readonly DueSubject[] => {
  const { account, application } = usable;
  return subjects.filter(
    ({ uin, sdkAppId, until }) =>
      account !== undefined &&
      canHold(account, uin) &&
      (sdkAppId === undefined || (application !== undefined && canTell(application, sdkAppId))) &&
      (until === undefined || canTellNewUse(usable)),
  );
};

/** For each vague number, the accounts that it may stand for. */
const roundedOf = (subjects: readonly DueSubject[]): Readonly<Record<string, readonly string[]>> => {
  const rounded: Record<string, string[]> = {};
  for (const uin of new Set(subjects.map((subject) => subject.uin)))
    for (const key of keysOf(uin)) {
      rounded[key] ??= [];
      rounded[key].push(uin);
    }
  return rounded;
};

const paramsOf = (
  criteria: TerminationCriteria,
  usable: UsableFields,
  subjects: readonly DueSubject[],
  unindexed: boolean,
) => {
  // Uses a map, since an account may be called `constructor` or `__proto__`.
  const entriesByAccount = Map.groupBy(
    subjects.map(({ uin, sdkAppId: app, until }, at) => ({ uin, at, app, until })),
    ({ uin }) => uin,
  );
  return {
    account: fieldParams(criteria.accountField, usable.account),
    application: fieldParams(criteria.applicationField, usable.application),
    dates: dateParams(criteria, usable),
    unindexed,
    rounded: usable.account?.path === undefined ? {} : roundedOf(subjects),
    subjects: Object.fromEntries(
      [...entriesByAccount].map(([uin, entries]) => [uin, entries.map(({ uin, ...entry }) => entry)]),
    ),
  };
};

const script = (
  source: string,
  criteria: TerminationCriteria,
  usable: UsableFields,
  subjects: readonly DueSubject[],
  unindexed = false,
) => ({ lang: 'painless', source, params: paramsOf(criteria, usable, subjects, unindexed) });

/** Documents that may name the account of any of these subjects, in one query. */
const bearing = (
  { accountField }: TerminationCriteria,
  { account }: UsableFields,
  subjects: readonly DueSubject[],
): Query => {
  const uins = subjects.map(({ uin }) => uin);
  const isNumber = account !== undefined && isInteger(account.type);
  const rounded = isNumber ? uins.flatMap(roundedTo).filter((text) => canHold(account, text)) : [];
  const terms: Query = { terms: { [accountField]: [...new Set([...uins, ...rounded])] } };
  if (account?.type !== 'keyword' || account.path === undefined || !uins.some(isNumeral)) return terms;
  const numbers: Query = { regexp: { [accountField]: { value: OTHER_SPELLINGS } } };
  return { bool: { should: [terms, numbers], minimum_should_match: 1 } };
};

/**
 * Documents with an account value that was not indexed (`_ignored`), where `_source` cannot be used: they may name
 * another account. They count as due but stay, so that nothing is called erased there.
 */
const hiddenOwners = (
  { accountField, applicationField }: TerminationCriteria,
  { account, application }: UsableFields,
): readonly Query[] => [
  ...(account?.path === undefined ? [{ term: { _ignored: { value: accountField } } }] : []),
  ...(applicationField !== undefined && application?.path === undefined
    ? [{ term: { _ignored: { value: applicationField } } }]
    : []),
];

/**
 * The due documents of these subjects. One `terms` query finds candidates. A run-time field (see
 * {@link dueForSubjectsRuntime}) checks each of them, since each subject has its own date. (A `bool` with 10,000
 * clauses fails.)
 */
export const dueForSubjects = (
  criteria: TerminationCriteria,
  usable: UsableFields,
  asked: readonly DueSubject[],
): Query => {
  const subjects = findable(asked, usable);
  if (subjects.length === 0) return { match_none: {} };
  const filter = [bearing(criteria, usable, subjects), { term: { [DUE]: { value: true } } }];
  return { bool: { filter, must_not: [...hiddenOwners(criteria, usable)] } };
};

/**
 * The run-time field that {@link dueForSubjects} uses. Every request with that query needs it in its
 * `runtime_mappings`.
 */
export const dueForSubjectsRuntime = (
  criteria: TerminationCriteria,
  usable: UsableFields,
  asked: readonly DueSubject[],
): RuntimeMappings => {
  const subjects = findable(asked, usable);
  return subjects.length === 0
    ? {}
    : { [DUE]: { type: 'boolean', script: script(EMIT_DUE, criteria, usable, subjects) } };
};

const subjectsIn = (
  criteria: TerminationCriteria,
  usable: UsableFields,
  subjects: readonly DueSubject[],
  query: Query,
  isUnindexed: boolean,
): estypes.MsearchMultisearchBody => ({
  size: 0,
  track_total_hits: false,
  query,
  runtime_mappings: {
    [SUBJECT]: { type: 'keyword', script: script(EMIT_SUBJECTS, criteria, usable, subjects, isUnindexed) },
  },
  aggs: {
    subjects: {
      terms: { field: SUBJECT, size: 4 * subjects.length },
      // `_doc_count` changes a bucket's doc_count, so the documents are counted separately.
      aggs: { documents: { value_count: { field: '_index' } } },
    },
  },
});

/**
 * Counts the documents of every subject that the index finds: a search body without hits. Undefined if there can be
 * none.
 */
export const subjectSearch = (
  criteria: TerminationCriteria,
  usable: UsableFields,
): estypes.MsearchMultisearchBody | undefined => {
  const subjects = findable(criteria.subjects, usable);
  return subjects.length === 0
    ? undefined
    : subjectsIn(criteria, usable, subjects, bearing(criteria, usable, subjects), false);
};

/** How long the server may search documents whose accounts are not indexed. Age rules wait for the same answer. */
const UNINDEXED_TIMEOUT = '20s';

/**
 * The search for documents that the index does not find by their subject: it reads the documents whose accounts are not
 * indexed, for a limited time.
 */
export const unindexedSearch = (
  criteria: TerminationCriteria,
  usable: UsableFields,
): estypes.MsearchMultisearchBody | undefined => {
  const subjects = findable(criteria.subjects, usable);
  return subjects.length === 0 || usable.account?.path === undefined
    ? undefined
    : {
        ...subjectsIn(criteria, usable, subjects, unindexedBy(criteria.accountField), true),
        timeout: UNINDEXED_TIMEOUT,
      };
};

interface SubjectBucket {
  readonly key: string;
  readonly documents: { readonly value: number };
}

const CLASSES: Readonly<Record<string, keyof SubjectCounts>> = {
  o: 'due',
  n: 'newUse',
  s: 'shared',
  u: 'unclear',
  x: 'unindexed',
};

/** Reads the answer to {@link subjectSearch} or {@link unindexedSearch}, by subject key. */
export const subjectCounts = (
  criteria: TerminationCriteria,
  usable: UsableFields,
  aggregations: unknown,
): ReadonlyMap<string, SubjectCounts> => {
  const subjects = findable(criteria.subjects, usable);
  const counts = new Map<string, SubjectCounts>();
  const { buckets } = (aggregations as { subjects: { buckets: SubjectBucket[] } }).subjects;
  for (const { key, documents } of buckets) {
    if (key === UNREADABLE) {
      // The document may belong to any subject.
      for (const subject of subjects)
        counts.set(subject.key, { ...(counts.get(subject.key) ?? NO_DOCUMENTS), unreadable: documents.value });
      continue;
    }
    const subject = subjects[Number(key.slice(1))];
    const kind = CLASSES[key[0] ?? ''];
    if (subject === undefined || kind === undefined) continue;
    counts.set(subject.key, { ...(counts.get(subject.key) ?? NO_DOCUMENTS), [kind]: documents.value });
  }
  return counts;
};

/** Adds up the answers to several searches. */
export const addSubjectCounts = (sum: Map<string, SubjectCounts>, counts: ReadonlyMap<string, SubjectCounts>): void => {
  for (const [key, more] of counts) {
    const before = sum.get(key) ?? NO_DOCUMENTS;
    sum.set(key, {
      due: before.due + more.due,
      newUse: before.newUse + more.newUse,
      shared: before.shared + more.shared,
      unclear: before.unclear + more.unclear,
      unindexed: before.unindexed + more.unindexed,
      unreadable: before.unreadable + more.unreadable,
      ...((before.held ?? 0) + (more.held ?? 0) > 0 && { held: (before.held ?? 0) + (more.held ?? 0) }),
    });
  }
};
