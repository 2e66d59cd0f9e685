import type { estypes } from '@elastic/elasticsearch';
import type { Dating, ErasureCriteria, OwedSubject, SubjectCounts } from '../../purge/document-store.ts';

type Query = estypes.QueryDslQueryContainer;

/** The largest number that a field of an integer type holds. A `terms` query with a larger one is refused as a whole. */
const LARGEST: Readonly<Record<string, bigint>> = {
  byte: 127n,
  short: 32_767n,
  integer: 2_147_483_647n,
  long: 9_223_372_036_854_775_807n,
  // A script sees those beyond as negative numbers.
  unsigned_long: 9_223_372_036_854_775_807n,
};

/** Whether a field of that type can hold the identifier: an integer field holds no `007`, which it would take for 7. */
const canHold = (type: string, identifier: string): boolean => {
  const largest = LARGEST[type];
  return largest === undefined || (/^(?:0|[1-9]\d{0,19})$/.test(identifier) && BigInt(identifier) <= largest);
};

/** Subjects of which an index with such fields can have documents, and in which what is owed to them can be told from new use. */
const findable = (
  subjects: readonly OwedSubject[],
  { account, application, timestamp, ingested }: Dating,
): readonly OwedSubject[] =>
  subjects.filter(
    ({ uin, sdkAppId, until }) =>
      account !== undefined &&
      canHold(account, uin) &&
      (sdkAppId === undefined || (application !== undefined && canHold(application, sdkAppId))) &&
      (until === undefined || timestamp || ingested),
  );

/**
 * Sorts one document under the subjects that it bears: `o` owed, `n` a new use, `s` shared with another account.
 */
const CLASSIFY = `
  if (!doc.containsKey(params.account)) return found;
  def accounts = doc[params.account];
  def applications = doc.containsKey(params.application) ? doc[params.application] : [];
  Instant newest = null;
  boolean dated = false;
  for (def uin : accounts) {
    def keys = [uin.toString()];
    for (def application : applications) keys.add(uin.toString() + params.between + application.toString());
    for (def key : keys) {
      def owed = params.owed[key];
      if (owed == null) continue;
      if (!dated) {
        for (def field : params.dates) {
          for (def value : doc[field]) {
            Instant at = value.toInstant();
            if (at.toEpochMilli() < params.earliest || at.toEpochMilli() >= params.futureFrom) continue;
            if (newest == null || at.isAfter(newest)) newest = at;
          }
          if (newest != null) break;
        }
        dated = true;
      }
      boolean shared = accounts.size() > 1 || (key.length() > uin.toString().length() && applications.size() > 1);
      for (def entry : owed) {
        boolean later = entry.until != null && newest != null && newest.isAfter(Instant.ofEpochMilli(entry.until));
        found.add((shared ? "s" : later ? "n" : "o") + entry.at);
      }
    }
  }
  return found;
`;

const FUNCTION = `List classify(def doc, def params) { List found = new ArrayList(); ${CLASSIFY} }`;
/** Run time: a document is owed as soon as it is owed to one subject. */
const IS_OWED = `${FUNCTION} for (def found : classify(doc, params)) if (found.startsWith("o")) return true; return false;`;
const EMIT_ALL = `${FUNCTION} for (def found : classify(doc, params)) emit(found);`;

/** Stands between account and application, since no identifier has a line feed. */
const BETWEEN = '\n';

const paramsOf = (criteria: ErasureCriteria, dating: Dating, subjects: readonly OwedSubject[]) => {
  const owed: Record<string, { at: number; until?: number }[]> = {};
  subjects.forEach(({ uin, sdkAppId, until }, at) => {
    const key = sdkAppId === undefined ? uin : `${uin}${BETWEEN}${sdkAppId}`;
    owed[key] ??= [];
    owed[key].push({ at, ...(until !== undefined && { until }) });
  });
  return {
    account: criteria.accountField,
    application: criteria.applicationField,
    dates: [
      ...(dating.timestamp ? [criteria.timestampField] : []),
      ...(dating.ingested ? [criteria.ingestedField] : []),
    ],
    earliest: criteria.earliest,
    futureFrom: criteria.futureFrom,
    between: BETWEEN,
    owed,
  };
};

/** Documents that bear the account of any of these subjects, in one query for all of them. */
const bearing = ({ accountField }: ErasureCriteria, subjects: readonly OwedSubject[]): Query => ({
  terms: { [accountField]: [...new Set(subjects.map(({ uin }) => uin))] },
});

/**
 * What is owed to these subjects: one `terms` query finds their documents, and a script looks at the few that it finds, since
 * each subject has a date of its own. (A `bool` of 10,000 clauses fails.)
 */
export const owedTo = (criteria: ErasureCriteria, dating: Dating, asked: readonly OwedSubject[]): Query => {
  const subjects = findable(asked, dating);
  if (subjects.length === 0) return { match_none: {} };
  const script = { lang: 'painless', source: IS_OWED, params: paramsOf(criteria, dating, subjects) };
  return { bool: { filter: [bearing(criteria, subjects), { script: { script } }] } };
};

/** Documents without an account. */
export const unowned = ({ accountField }: ErasureCriteria): Query => ({
  bool: { must_not: [{ exists: { field: accountField } }] },
});

/** The name of the run-time field under which {@link subjectSearch} sorts documents. */
const SUBJECT = 'es_retention_subject';

/** Counts the documents of every subject: a search body without hits; undefined where no subject can have any. */
export const subjectSearch = (
  criteria: ErasureCriteria,
  dating: Dating,
): estypes.MsearchMultisearchBody | undefined => {
  const subjects = findable(criteria.subjects, dating);
  if (subjects.length === 0) return undefined;
  const script = { lang: 'painless', source: EMIT_ALL, params: paramsOf(criteria, dating, subjects) };
  return {
    size: 0,
    track_total_hits: false,
    query: bearing(criteria, subjects),
    runtime_mappings: { [SUBJECT]: { type: 'keyword', script } },
    aggs: {
      subjects: {
        terms: { field: SUBJECT, size: 3 * subjects.length },
        // A bucket's doc_count is weighted by `_doc_count`.
        aggs: { documents: { value_count: { field: '_index' } } },
      },
    },
  };
};

interface SubjectBucket {
  readonly key: string;
  readonly documents: { readonly value: number };
}

const NONE: SubjectCounts = { owed: 0, newUse: 0, shared: 0 };
const CLASSES: Readonly<Record<string, keyof SubjectCounts>> = { o: 'owed', n: 'newUse', s: 'shared' };

/** The answer to {@link subjectSearch}, by the subjects' keys. */
export const subjectCounts = (
  criteria: ErasureCriteria,
  dating: Dating,
  aggregations: unknown,
): ReadonlyMap<string, SubjectCounts> => {
  const subjects = findable(criteria.subjects, dating);
  const counts = new Map<string, SubjectCounts>();
  const { buckets } = (aggregations as { subjects: { buckets: SubjectBucket[] } }).subjects;
  for (const { key, documents } of buckets) {
    const subject = subjects[Number(key.slice(1))];
    const kind = CLASSES[key[0] ?? ''];
    if (subject === undefined || kind === undefined) continue;
    counts.set(subject.key, { ...(counts.get(subject.key) ?? NONE), [kind]: documents.value });
  }
  return counts;
};

/** Sums what several groups of indices answered. */
export const addSubjectCounts = (sum: Map<string, SubjectCounts>, counts: ReadonlyMap<string, SubjectCounts>): void => {
  for (const [key, { owed, newUse, shared }] of counts) {
    const before = sum.get(key) ?? NONE;
    sum.set(key, { owed: before.owed + owed, newUse: before.newUse + newUse, shared: before.shared + shared });
  }
};
