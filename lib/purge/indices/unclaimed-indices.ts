import { count } from '../../base/number-text.ts';
import type { Finding } from '../../criteria/finding.ts';
import { matchesPattern } from '../../policy/index-pattern.ts';
import { isSlipOf } from '../../policy/nearest-word.ts';
import { OWN_INDICES } from '../../policy/parsing/pattern-check.ts';
import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';

/** One index of the cluster (possibly closed or hidden), from the list of all indices. */
export interface ListedIndex {
  readonly name: string;
  /** The data stream that this backing index belongs to, as the cluster says. */
  readonly dataStream?: string;
  readonly aliases: readonly string[];
  /** Number of primary shards; absent for a closed index, which cannot be counted. */
  readonly primaries?: number;
  /** The requested fields that are mapped in it. */
  readonly fields: ReadonlySet<string>;
}

/**
 * Looks at the whole cluster, beyond the patterns of the policy. Sends a few requests, whatever the number of indices.
 */
export interface IndexCatalogue {
  /** Lists every index, including hidden and backing indices, except those of the cluster and its own products. */
  list(fields: readonly string[]): Promise<readonly ListedIndex[]>;
  /** The number of documents in these indices, including nested ones. An index that cannot be counted is missing. */
  count(indices: readonly ListedIndex[]): Promise<ReadonlyMap<string, number>>;
}

const SEPARATORS = /[-_.]+/;
/** Many unrelated names begin with a shorter prefix. */
const LEAST_BEGINNING = 4;

const firstWord = (name: string): string => name.split(SEPARATORS).find((word) => word !== '') ?? '';
const spelledAlike = (name: string): string => name.split(SEPARATORS).join('-');
/** The common beginning of all names that a pattern matches, with separators unified. */
const beginningOf = (pattern: string): string => spelledAlike(pattern.split('*')[0] ?? '').replace(/-$/, '');

const looksLike = (name: string, pattern: string): boolean => {
  const [word, meant, beginning] = [firstWord(name), firstWord(pattern.split('*')[0] ?? ''), beginningOf(pattern)];
  return (
    word === meant ||
    isSlipOf(word, meant) ||
    (meant.length >= LEAST_BEGINNING && word.startsWith(meant)) ||
    (beginning.length >= LEAST_BEGINNING && spelledAlike(name).includes(beginning))
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

/** The pattern that is most similar to a name, if any is similar. */
const likestPattern = (name: string, patterns: readonly string[]): string | undefined =>
  patterns
    .filter((pattern) => looksLike(name, pattern))
    .map((pattern) => ({ pattern, shared: sharedWords(name, pattern) }))
    .sort((a, b) => b.shared - a.shared)[0]?.pattern;

/**
 * Prefixes and suffixes that Elasticsearch adds to names: of a backing index, and of an index that an upgrade
 * reindexed.
 */
const MACHINE_MADE = /^\.(?:[df]s|reindexed-v\d+)-|-\d{4}\.\d\d\.\d\d-\d{6}$/g;

/** Why an index looks like an index of a category; undefined if it does not. */
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
  documents === undefined ? 'documents that could not be counted' : count(documents, 'document', 'documents');

const findingOf = (index: string, why: string, documents: number | undefined): Finding => ({
  code: 'unclaimed-index',
  severity: documents === 0 ? 'notice' : 'blocking',
  index,
  expected: 'every index that looks like ours matched by a pattern of a category',
  found: `${documentsText(documents)}; ${why}`,
  fix: 'Correct its name or the pattern in the policy, so that a category claims it. Or delete the index. Or, if no promise covers it, add it to ignoredIndices in the policy.',
});

/**
 * Finds indices that look like indices of a category but belong to none. A typing error in a name would keep documents
 * for ever while every promise counts as kept. Our own indices (`retention-*`) and ignored indices are left out.
 * Changes nothing.
 * @returns one finding for each index; it is blocking unless the index was counted and has no document.
 * @throws InputError | TransientError if the cluster does not answer.
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
