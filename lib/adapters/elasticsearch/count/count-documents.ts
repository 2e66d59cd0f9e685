import type { Client, estypes } from '@elastic/elasticsearch';
import { TransientError } from '../../../base/errors.ts';
import type { Counts, SubjectCounts, Tally } from '../../../criteria/counts.ts';
import type { Criteria } from '../../../criteria/due-criteria.ts';
import type { Instant } from '../../../policy/time/instant.ts';
import { isKeptWhole } from '../../../purge/controls/held-index.ts';
import { errorText } from '../client/error-text.ts';
import { type RequestPolicy, request } from '../client/request.ts';
import { fitRequestLines } from '../client/request-line.ts';
import { addSubjectCounts, subjectCounts } from '../query/erasure-query.ts';
import { type Answers, askInParts, type Countable, type Group, type GroupAnswer } from './ask-in-parts.ts';
import { lookingForDates, onlyOf, quickSearches, wholeSearches } from './count-searches.ts';
import { DATES_TIMED_OUT, type KnownFaults, TIMED_OUT } from './known-faults.ts';
import { type Oldest, oldestIn, oldestOfBoth } from './oldest-date.ts';

/** Groups the indices whose usable fields are the same. */
export const groupsOf = (indices: readonly Countable[]): readonly Group[] =>
  [...Map.groupBy(indices, ({ usable }) => JSON.stringify(usable)).values()].map((group) => ({
    // biome-ignore lint/style/noNonNullAssertion: a group of groupBy is never empty
    usable: group[0]!.usable,
    indices: group,
  }));

interface CountBucket {
  readonly key: string;
  readonly documents: { value: number };
  readonly due: { documents: { value: number } };
  readonly held?: { documents: { value: number } };
  readonly overdue?: { documents: { value: number } };
  readonly fellDue?: { documents: { value: number } };
  readonly undated?: { documents: { value: number } };
  readonly unseen?: { documents: { value: number } };
  readonly untold?: { documents: { value: number } };
  readonly aheadOfIngestion?: { documents: { value: number } };
  readonly behindIngestion?: { documents: { value: number } };
  readonly ownerless?: { documents: { value: number } };
  readonly unexamined?: { documents: { value: number } };
  readonly span?: { readonly from: { value: number | null }; readonly to: { value: number | null } };
}

const NOTHING: Counts = { documents: 0, due: 0, overdue: 0, undatable: 0, aheadOfIngestion: 0, behindIngestion: 0 };

const countsOf = (bucket: CountBucket): Counts => ({
  documents: bucket.documents.value,
  due: bucket.due.documents.value,
  ...(bucket.held?.documents.value ? { held: bucket.held.documents.value } : {}),
  overdue: bucket.overdue?.documents.value ?? 0,
  ...(bucket.fellDue === undefined ? {} : { fellDue: bucket.fellDue.documents.value }),
  undatable: (bucket.undated?.documents.value ?? 0) + (bucket.unseen?.documents.value ?? 0),
  ...(bucket.unseen?.documents.value ? { unseen: bucket.unseen.documents.value } : {}),
  aheadOfIngestion: bucket.aheadOfIngestion?.documents.value ?? 0,
  behindIngestion: bucket.behindIngestion?.documents.value ?? 0,
  ...(bucket.ownerless === undefined ? {} : { ownerless: bucket.ownerless.documents.value }),
  ...(bucket.unexamined === undefined ? {} : { unexamined: bucket.unexamined.documents.value }),
  ...(bucket.span?.from.value == null ? {} : { from: bucket.span.from.value }),
  ...(bucket.span?.to.value == null ? {} : { to: bucket.span.to.value }),
});

const failuresOf = ({ failures }: estypes.ShardStatistics): ReadonlyMap<string, string> =>
  new Map((failures ?? []).map(({ index, reason }) => [index ?? '', errorText(reason)]));

/**
 * Which indices of a group did not answer completely, and why. No answer of the group is used in two cases: the named
 * failures do not explain the number of shards that answered, or fewer shards were asked than exist. In the second
 * case, an index vanished or was closed after it was listed.
 */
const unansweredIn = (group: Group, answer: estypes.MsearchMultiSearchItem): ReadonlyMap<string, string> => {
  const failures = failuresOf(answer._shards);
  const sum = (indices: readonly Countable[]): number => indices.reduce((total, { primaries }) => total + primaries, 0);
  const asked = sum(group.indices);
  const explained = sum(group.indices.filter(({ name }) => failures.has(name)));
  const { total, successful, failed } = answer._shards;
  if (total === asked && successful + explained >= asked && failed <= explained && !answer.timed_out) return failures;
  const why = answer.timed_out
    ? TIMED_OUT
    : `${successful} of ${asked} shards answered, and not every failure was named`;
  return new Map(group.indices.map(({ name }) => [name, failures.get(name) ?? why]));
};

/**
 * The same as {@link unansweredIn}, for all searches. It distinguishes a search for dates that took too long from one
 * for subjects.
 */
const allUnansweredIn = ({ group, items }: GroupAnswer, criteria: Criteria): ReadonlyMap<string, string> => {
  const forDates = lookingForDates(group, criteria);
  return new Map(
    items.flatMap((item, at) =>
      [...unansweredIn(group, item)].map(
        ([name, why]) => [name, why === TIMED_OUT && at < forDates ? DATES_TIMED_OUT : why] as const,
      ),
    ),
  );
};

/** In an index that is held as a whole, no document is due for a subject. */
const asHeld = (counts: ReadonlyMap<string, SubjectCounts>): ReadonlyMap<string, SubjectCounts> =>
  new Map([...counts].map(([key, count]) => [key, { ...count, due: 0, held: count.due }]));

/** The results of the answers so far. */
interface Sums {
  readonly counts: Map<string, Counts>;
  readonly subjects: Map<string, SubjectCounts>;
  readonly oldest: (Oldest & { readonly group: Group })[];
}

const addSubjects = (
  { aggregations }: estypes.MsearchMultiSearchItem,
  { usable }: Group,
  { termination }: Criteria,
  subjects: Map<string, SubjectCounts>,
): void => {
  if (termination === undefined) return;
  const found = subjectCounts(termination, usable, aggregations);
  addSubjectCounts(subjects, isKeptWhole(usable) ? asHeld(found) : found);
};

const bucketsOf = ({ aggregations }: estypes.MsearchMultiSearchItem): readonly CountBucket[] =>
  (aggregations?.indices as { buckets: CountBucket[] } | undefined)?.buckets ?? [];

/** Whether a document has a date in `_source` alone, so that the quick searches did not count right. */
const hasUntold = ({ items }: GroupAnswer): boolean =>
  items.some((item) => bucketsOf(item).some(({ untold }) => (untold?.documents.value ?? 0) > 0)) &&
  items.every(({ timed_out }) => !timed_out);

const addAnswer = ({ group, items }: GroupAnswer, criteria: Criteria, { counts, subjects, oldest }: Sums): void => {
  for (const { name } of group.indices) counts.set(name, NOTHING);
  for (const item of items) {
    const { aggregations } = item;
    if (aggregations?.subjects !== undefined) {
      addSubjects(item, group, criteria, subjects);
      continue;
    }
    for (const bucket of bucketsOf(item)) counts.set(bucket.key, countsOf(bucket));
    const found =
      aggregations?.indices === undefined && criteria.age !== undefined
        ? oldestIn(item, group, criteria.age)
        : undefined;
    if (found !== undefined) oldest.push({ group, ...found });
  }
};

/**
 * The answer if a further request failed: the indices that it asked are unanswered, and the answers of the others stay.
 * @throws what is not the failure of a request.
 */
const unansweredBy = (groups: readonly Group[], thrown: unknown): Answers => {
  if (!(thrown instanceof TransientError)) throw thrown;
  const names = groups.flatMap(({ indices }) => indices.map(({ name }) => name));
  return { answers: [], unanswered: new Map(names.map((name) => [name, thrown.explanation.found])) };
};

/** Asks with the quick searches, and with the others where these did not count right. */
const askQuickly = async (
  groups: readonly Group[],
  ask: (groups: readonly Group[], searchesOf: typeof wholeSearches) => Promise<Answers>,
): Promise<Answers> => {
  const quick = await ask(groups, quickSearches);
  const doubted = quick.answers.filter(hasUntold);
  if (doubted.length === 0) return quick;
  const again = doubted.map(({ group }) => group);
  const whole = await ask(again, wholeSearches).catch((thrown: unknown) => unansweredBy(again, thrown));
  return {
    answers: [...quick.answers.filter((answer) => !doubted.includes(answer)), ...whole.answers],
    unanswered: new Map([...quick.unanswered, ...whole.unanswered]),
  };
};

/**
 * Refreshes, then counts by index, in one `_refresh` and one `_msearch` for any number of indices: their names are in
 * the body, where no request line limits them. Sends more requests only if an index spoils the answers for others.
 * @param faults the faulty indices that the command knows.
 * @param only counts only documents with this id.
 * @throws InputError | TransientError if the cluster does not answer.
 */
export const countDocuments = async (
  client: Client,
  requests: RequestPolicy,
  patterns: readonly string[],
  indices: readonly Countable[],
  criteria: Criteria,
  faults: KnownFaults,
  only?: string,
): Promise<Tally> => {
  const counts = new Map<string, Counts>();
  const oldest: (Oldest & { readonly group: Group })[] = [];
  const subjects = new Map<string, SubjectCounts>();
  if (indices.length === 0) return { counts, unanswered: new Map(), subjects };

  const notRefreshed = await refreshed(client, requests, patterns);
  const doing = `counting documents of ${patterns.join(', ')}`;
  const ask = (groups: readonly Group[], searchesOf: typeof wholeSearches): Promise<Answers> =>
    askInParts(groups, {
      client,
      requests,
      doing,
      searchesOf: (group) => {
        const searches = searchesOf(group, criteria);
        return only === undefined ? searches : searches.map((search) => onlyOf(search, only));
      },
      faults,
    });
  const { answers, unanswered: silent } = await askQuickly(groupsOf(indices), ask);
  const unanswered = new Map(silent);
  for (const answer of answers) {
    for (const [name, why] of allUnansweredIn(answer, criteria)) unanswered.set(name, why);
    addAnswer(answer, criteria, { counts, subjects, oldest });
  }
  for (const [name, why] of notRefreshed) unanswered.set(name, why);
  for (const name of unanswered.keys()) counts.delete(name);
  const oldestAt = await oldestOf(client, requests, oldest, criteria, only);
  const faulty = new Set([...unanswered.keys()].filter((name) => faults.faulty.has(name)));
  return { counts, unanswered, faulty, subjects, ...(oldestAt !== undefined && { oldestAt }) };
};

/** The oldest date of all groups. Looks again if the date of a group is uncertain and could be the oldest. */
const oldestOf = async (
  client: Client,
  requests: RequestPolicy,
  found: readonly (Oldest & { readonly group: Group })[],
  criteria: Criteria,
  only: string | undefined,
): Promise<Instant | undefined> => {
  const { age } = criteria;
  if (age === undefined || found.length === 0) return undefined;
  let oldestAt = Math.min(...found.map(({ at, laterAt }) => laterAt ?? at));
  // Both dates of a single document are known.
  if (only !== undefined) return oldestAt;
  for (const { at, laterAt, group } of found)
    if (laterAt !== undefined && at < oldestAt)
      oldestAt = await oldestOfBoth(client, requests, group, { ...criteria, age }, oldestAt);
  return oldestAt;
};

/**
 * Searches and deletions see only refreshed documents, so an index whose refresh failed counts as unanswered. Patterns
 * fit into one request. A list of names, used if some index must be left out, may need several.
 */
const refreshed = async (
  client: Client,
  requests: RequestPolicy,
  patterns: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  const failures: [string, string][] = [];
  for (const index of fitRequestLines(patterns)) {
    const { _shards } = await request(requests, `refreshing ${index.join(', ')}`, (options) =>
      client.indices.refresh(
        { index: [...index], allow_no_indices: true, ignore_unavailable: true, expand_wildcards: ['open', 'hidden'] },
        options,
      ),
    );
    if (_shards !== undefined) failures.push(...failuresOf(_shards));
  }
  return new Map(failures);
};
