import { matchesPattern } from '../../policy/index-pattern.ts';
import { isSlipOf } from '../../policy/nearest-word.ts';
import { OWN_INDICES } from '../../policy/parsing/pattern-check.ts';
import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';
import type { Finding } from '../finding.ts';

/** One index of the cluster, closed and hidden ones too, as a list of all names shows it. */
export interface ListedIndex {
  readonly name: string;
  /** The data stream whose backing index this is, as the cluster says. */
  readonly dataStream?: string;
  readonly aliases: readonly string[];
  /** Number of primary shards; absent of a closed index, in which nobody counts. */
  readonly primaries?: number;
  /** Those of the fields asked about that are mapped there. */
  readonly fields: ReadonlySet<string>;
}

/** Looks at the whole cluster, beyond what the patterns of a policy reach. A few requests, however many indices. */
export interface IndexCatalogue {
  /** Every index but those of the cluster and its products themselves; hidden ones and backing indices of data streams are in it. */
  list(fields: readonly string[]): Promise<readonly ListedIndex[]>;
  /** How many documents these hold, nested ones included. What cannot be counted is not in the answer. */
  count(indices: readonly ListedIndex[]): Promise<ReadonlyMap<string, number>>;
}

const SEPARATORS = /[-_.]+/;
/** Shorter beginnings are in too many names that mean something else. */
const TELLING = 4;

const firstWord = (name: string): string => name.split(SEPARATORS).find((word) => word !== '') ?? '';
const spelledAlike = (name: string): string => name.split(SEPARATORS).join('-');
/** What all names of a pattern begin with, whatever separates the words. */
const beginningOf = (pattern: string): string => spelledAlike(pattern.split('*')[0] ?? '').replace(/-$/, '');

const looksLike = (name: string, pattern: string): boolean => {
  const [word, meant, beginning] = [firstWord(name), firstWord(pattern.split('*')[0] ?? ''), beginningOf(pattern)];
  return (
    word === meant ||
    isSlipOf(word, meant) ||
    (meant.length >= TELLING && word.startsWith(meant)) ||
    (beginning.length >= TELLING && spelledAlike(name).includes(beginning))
  );
};

const mapsFieldsOf = ({ fields }: ListedIndex, category: Category): boolean =>
  fields.has(category.accountField) &&
  (fields.has(category.timestampField) || fields.has(category.applicationField ?? category.timestampField));

const sharedWords = (name: string, pattern: string): number => {
  const words = new Set(name.split(SEPARATORS));
  return beginningOf(pattern)
    .split('-')
    .filter((word) => words.has(word)).length;
};

/** The pattern that a name is most like, if it is like any. */
const likestPattern = (name: string, patterns: readonly string[]): string | undefined =>
  patterns
    .filter((pattern) => looksLike(name, pattern))
    .map((pattern) => ({ pattern, shared: sharedWords(name, pattern) }))
    .sort((a, b) => b.shared - a.shared)[0]?.pattern;

/** What Elasticsearch puts before a name, and after it: of a backing index, of one that an upgrade made anew. */
const MACHINE_MADE = /^\.(?:[df]s|reindexed-v\d+)-|-\d{4}\.\d\d\.\d\d-\d{6}$/g;

/** By what an index looks like one of a category; undefined when it does not. */
const likenessOf = (index: ListedIndex, categories: readonly Category[]): string | undefined => {
  const pattern = likestPattern(
    index.dataStream ?? index.name.replace(MACHINE_MADE, ''),
    categories.flatMap(({ indices }) => indices),
  );
  if (pattern !== undefined) return `its name is like ${pattern}`;
  const category = categories.find((each) => mapsFieldsOf(index, each));
  return category && `it maps the account field "${category.accountField}" of ${category.id}`;
};

const isOneOf = ({ name, dataStream, aliases }: ListedIndex, patterns: readonly string[]): boolean =>
  [name, ...aliases, ...(dataStream === undefined ? [] : [dataStream])].some((each) =>
    patterns.some((pattern) => matchesPattern(each, pattern)),
  );

const documentsText = (documents: number | undefined): string =>
  documents === undefined
    ? 'documents that could not be counted'
    : `${documents} ${documents === 1 ? 'document' : 'documents'}`;

const findingOf = (index: string, why: string, documents: number | undefined): Finding => ({
  code: 'unclaimed-index',
  severity: documents === 0 ? 'notice' : 'blocking',
  index,
  expected: 'every index that looks like ours matched by a pattern of a category',
  found: `${documentsText(documents)}; ${why}`,
  fix: 'Correct its name or the pattern in the policy, so that a category claims it; or delete it; or, if nothing was promised about it, add it to ignoredIndices in the policy.',
});

/**
 * Indices that look like those of a category and belong to none: a slip in a name keeps documents for ever while every promise
 * is called kept. Ours (`retention-*`) and those that the policy ignores are left out. Deletes and changes nothing.
 * @returns one finding for each, blocking unless it was counted and holds no document.
 * @throws InputError | TransientError when the cluster does not answer.
 */
export const unclaimedIndices = async (
  { categories, ignoredIndices }: RetentionPolicy,
  catalogue: IndexCatalogue,
): Promise<readonly Finding[]> => {
  const all = [...categories.values()];
  const known = [...all.flatMap(({ indices }) => indices), ...ignoredIndices, OWN_INDICES];
  const fields = all.flatMap((each) => [
    each.accountField,
    each.timestampField,
    ...(each.applicationField === undefined ? [] : [each.applicationField]),
  ]);
  const listed = await catalogue.list([...new Set(fields)]);
  const found = listed
    .filter((index) => !isOneOf(index, known))
    .flatMap((index) => {
      const why = likenessOf(index, all);
      return why === undefined ? [] : [{ index, why }];
    })
    .sort((a, b) => (a.index.name < b.index.name ? -1 : 1));
  if (found.length === 0) return [];
  const counts = await catalogue.count(found.map(({ index }) => index));
  return found.map(({ index: { name }, why }) => findingOf(name, why, counts.get(name)));
};
