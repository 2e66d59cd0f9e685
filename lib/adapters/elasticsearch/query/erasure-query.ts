import type { estypes } from '@elastic/elasticsearch';
import { canHold, canTell, isInteger } from '../../../purge/accounts/identifier-field.ts';
import { tellsNewUse } from '../../../purge/accounts/new-use.ts';
import {
  type Dating,
  type DueSubject,
  type ErasureCriteria,
  type IdentifierField,
  NO_DOCUMENTS,
  type SubjectCounts,
} from '../../../purge/document-store.ts';
import { isNumeral, keysOf, OTHER_SPELLINGS, roundedTo, UNREADABLE } from '../scripts/account-texts-script.ts';
import { EMIT_OWED, EMIT_SUBJECTS } from '../scripts/classify-accounts.ts';
import { dateParams } from '../scripts/new-use-script.ts';

type Query = estypes.QueryDslQueryContainer;
type RuntimeMappings = Record<string, estypes.MappingRuntimeField>;

/** Run-time fields, by which requests ask what {@link EMIT_OWED} and {@link EMIT_SUBJECTS} say. */
const OWED = 'es_retention_owed';
const SUBJECT = 'es_retention_subject';

/** Subjects of which an index with such fields can have documents, and in which what is owed to them can be told from new use. */
const findable = (subjects: readonly DueSubject[], dating: Dating): readonly DueSubject[] => {
  const { account, application } = dating;
  return subjects.filter(
    ({ uin, sdkAppId, until }) =>
      account !== undefined &&
      canHold(account, uin) &&
      (sdkAppId === undefined || (application !== undefined && canTell(application, sdkAppId))) &&
      (until === undefined || tellsNewUse(dating)),
  );
};

/** The accounts that each vague number may mean. */
const roundedOf = (subjects: readonly DueSubject[]): Readonly<Record<string, readonly string[]>> => {
  const rounded: Record<string, string[]> = {};
  for (const uin of new Set(subjects.map((subject) => subject.uin)))
    for (const key of keysOf(uin)) {
      rounded[key] ??= [];
      rounded[key].push(uin);
    }
  return rounded;
};

/** A field that holds identifiers, as the scripts in classify-accounts.ts take it. */
export const fieldParams = (name: string | undefined, field: IdentifierField | undefined) => ({
  name: name ?? '',
  indexed: field !== undefined && field.type !== 'unsearched',
  coerces: field !== undefined && isInteger(field.type),
  ...(field?.path !== undefined && { path: field.path.split('.') }),
  ...(field?.nullValue !== undefined && { nullValue: field.nullValue }),
});

const paramsOf = (criteria: ErasureCriteria, dating: Dating, subjects: readonly DueSubject[], unindexed: boolean) => {
  // Grouped in a map, since an account may be called `constructor` or `__proto__`.
  const owed = Map.groupBy(
    subjects.map(({ uin, sdkAppId: app, until }, at) => ({ uin, at, app, until })),
    ({ uin }) => uin,
  );
  return {
    account: fieldParams(criteria.accountField, dating.account),
    application: fieldParams(criteria.applicationField, dating.application),
    dates: dateParams(criteria, dating),
    unindexed,
    rounded: dating.account?.path === undefined ? {} : roundedOf(subjects),
    owed: Object.fromEntries([...owed].map(([uin, entries]) => [uin, entries.map(({ uin: _, ...entry }) => entry)])),
  };
};

const script = (
  source: string,
  criteria: ErasureCriteria,
  dating: Dating,
  subjects: readonly DueSubject[],
  unindexed = false,
) => ({ lang: 'painless', source, params: paramsOf(criteria, dating, subjects, unindexed) });

/** Documents that may bear the account of any of these subjects, in one query for all of them. */
const bearing = ({ accountField }: ErasureCriteria, { account }: Dating, subjects: readonly DueSubject[]): Query => {
  const uins = subjects.map(({ uin }) => uin);
  const isNumber = account !== undefined && isInteger(account.type);
  const rounded = isNumber ? uins.flatMap(roundedTo).filter((text) => canHold(account, text)) : [];
  const terms: Query = { terms: { [accountField]: [...new Set([...uins, ...rounded])] } };
  if (account?.type !== 'keyword' || account.path === undefined || !uins.some(isNumeral)) return terms;
  const numbers: Query = { regexp: { [accountField]: { value: OTHER_SPELLINGS } } };
  return { bool: { should: [terms, numbers], minimum_should_match: 1 } };
};

/** Documents without an account in the index. */
export const unowned = ({ accountField }: ErasureCriteria): Query => ({
  bool: { must_not: [{ exists: { field: accountField } }] },
});

/** Documents whose accounts the index does not have, or not all. */
export const unindexed = (criteria: ErasureCriteria): Query => ({
  bool: {
    should: [{ term: { _ignored: { value: criteria.accountField } } }, unowned(criteria)],
    minimum_should_match: 1,
  },
});

/**
 * Documents that may bear another owner, which the index ignored, where `_source` cannot tell: they are counted as owed, and stay, so
 * that nothing there is called erased.
 */
const hiddenOwners = (
  { accountField, applicationField }: ErasureCriteria,
  { account, application }: Dating,
): readonly Query[] => [
  ...(account?.path === undefined ? [{ term: { _ignored: { value: accountField } } }] : []),
  ...(applicationField !== undefined && application?.path === undefined
    ? [{ term: { _ignored: { value: applicationField } } }]
    : []),
];

/**
 * What is owed to these subjects: one `terms` query finds their documents, and a run-time field (see {@link owedRuntime}) looks at
 * the few that it finds, since each subject has a date of its own. (A `bool` of 10,000 clauses fails.)
 */
export const owedTo = (criteria: ErasureCriteria, dating: Dating, asked: readonly DueSubject[]): Query => {
  const subjects = findable(asked, dating);
  if (subjects.length === 0) return { match_none: {} };
  const filter = [bearing(criteria, dating, subjects), { term: { [OWED]: { value: true } } }];
  return { bool: { filter, must_not: [...hiddenOwners(criteria, dating)] } };
};

/** The run-time field that {@link owedTo} asks: every request with that query has it in its `runtime_mappings`. */
export const owedRuntime = (
  criteria: ErasureCriteria,
  dating: Dating,
  asked: readonly DueSubject[],
): RuntimeMappings => {
  const subjects = findable(asked, dating);
  return subjects.length === 0
    ? {}
    : { [OWED]: { type: 'boolean', script: script(EMIT_OWED, criteria, dating, subjects) } };
};

const subjectsIn = (
  criteria: ErasureCriteria,
  dating: Dating,
  subjects: readonly DueSubject[],
  query: Query,
  isUnindexed: boolean,
): estypes.MsearchMultisearchBody => ({
  size: 0,
  track_total_hits: false,
  query,
  runtime_mappings: {
    [SUBJECT]: { type: 'keyword', script: script(EMIT_SUBJECTS, criteria, dating, subjects, isUnindexed) },
  },
  aggs: {
    subjects: {
      terms: { field: SUBJECT, size: 4 * subjects.length },
      // A bucket's doc_count is weighted by `_doc_count`.
      aggs: { documents: { value_count: { field: '_index' } } },
    },
  },
});

/** Counts the documents of every subject that the index finds: a search body without hits; undefined where there can be none. */
export const subjectSearch = (
  criteria: ErasureCriteria,
  dating: Dating,
): estypes.MsearchMultisearchBody | undefined => {
  const subjects = findable(criteria.subjects, dating);
  return subjects.length === 0
    ? undefined
    : subjectsIn(criteria, dating, subjects, bearing(criteria, dating, subjects), false);
};

/** So long the server looks into documents whose accounts it does not have. Age rules wait for the same answer. */
const LOOK = '20s';

/** The same of those that it does not find: documents whose accounts it does not have are looked into, for a bounded time. */
export const unindexedSearch = (
  criteria: ErasureCriteria,
  dating: Dating,
): estypes.MsearchMultisearchBody | undefined => {
  const subjects = findable(criteria.subjects, dating);
  return subjects.length === 0 || dating.account?.path === undefined
    ? undefined
    : { ...subjectsIn(criteria, dating, subjects, unindexed(criteria), true), timeout: LOOK };
};

interface SubjectBucket {
  readonly key: string;
  readonly documents: { readonly value: number };
}

const CLASSES: Readonly<Record<string, keyof SubjectCounts>> = {
  o: 'owed',
  n: 'newUse',
  s: 'shared',
  u: 'unclear',
  x: 'unindexed',
};

/** The answer to {@link subjectSearch} or {@link unindexedSearch}, by the subjects' keys. */
export const subjectCounts = (
  criteria: ErasureCriteria,
  dating: Dating,
  aggregations: unknown,
): ReadonlyMap<string, SubjectCounts> => {
  const subjects = findable(criteria.subjects, dating);
  const counts = new Map<string, SubjectCounts>();
  const { buckets } = (aggregations as { subjects: { buckets: SubjectBucket[] } }).subjects;
  for (const { key, documents } of buckets) {
    if (key === UNREADABLE) {
      // It may be anybody's.
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

/** Sums what several searches answered. */
export const addSubjectCounts = (sum: Map<string, SubjectCounts>, counts: ReadonlyMap<string, SubjectCounts>): void => {
  for (const [key, more] of counts) {
    const before = sum.get(key) ?? NO_DOCUMENTS;
    sum.set(key, {
      owed: before.owed + more.owed,
      newUse: before.newUse + more.newUse,
      shared: before.shared + more.shared,
      unclear: before.unclear + more.unclear,
      unindexed: before.unindexed + more.unindexed,
      unreadable: before.unreadable + more.unreadable,
    });
  }
};
