import { count } from '../../base/number-text.ts';
import { matchesPattern } from '../../policy/index-pattern.ts';
import { ownIndices } from '../../policy/own-indices.ts';
import type { Category, RetentionPolicy } from '../../policy/retention-policy.ts';
import { type AuditFinding, breach, notice } from '../audit-finding.ts';
import type { AuditedIndex, Visible } from '../audit-reader.ts';
import { belongsTo } from './reached-indices.ts';

/** Names of indices that our own product makes, under any prefix. */
const OWN = /(?:^|[-_])(?:leases|ledger|events|receipts|reports|controls)\.[a-z0-9-]+(?:\.copy)?$/;
/**
 * Names of indices of Elasticsearch and its products begin with a dot. The indices of data streams do too, but contain
 * data.
 */
const PRODUCT_NAMES = /^\.(?!ds-|fs-|reindexed-|restored)/;

const lettersOf = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');

/** How many letters must be changed, added or left out to turn one text into the other. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
};

/** Shorter beginnings are similar to too many names. */
const LEAST_BEGINNING = 5;
const SLIPS = 2;

/** Whether a name begins like the names of a pattern, with at most one or two slips. */
const isSlip = (name: string, pattern: string): boolean => {
  const meant = lettersOf(pattern.split('*')[0] ?? '');
  if (meant.length < LEAST_BEGINNING) return false;
  const letters = lettersOf(name);
  if (letters.includes(meant)) return true;
  const lengths = [-1, 0, 1].map((more) => meant.length + more);
  const slips = meant.length < 2 * LEAST_BEGINNING ? 1 : SLIPS;
  return lengths.some((length) => distance(letters.slice(0, length), meant) <= slips);
};

const mapsAccounts = ({ types }: AuditedIndex, category: Category): boolean =>
  types.has(category.accountField) &&
  [category.timestampField, category.applicationField].some((field) => field !== undefined && types.has(field));

/** Why an index that no category claims may contain data of a category. */
const reasonOf = (index: AuditedIndex, categories: readonly Category[]): string | undefined => {
  const patterns = categories.flatMap(({ indices }) => indices);
  const alike = patterns.find((pattern) => isSlip(index.dataStream ?? index.name, pattern));
  if (alike !== undefined) return `its name is like ${alike}`;
  const category = categories.find((each) => mapsAccounts(index, each));
  return category && `it maps the account field ${category.accountField} of ${category.id}`;
};

const unclaimed = (index: string, why: string, documents: number | undefined): AuditFinding => {
  const explanation = {
    expected: 'every index that may contain data to belong to a category',
    found: `${documents === undefined ? 'an unknown number of documents' : count(documents, 'document', 'documents')}; ${why}`,
    fix: 'Correct its name or the pattern in the policy. Or, if no promise covers it, add it to ignoredIndices in the policy.',
  };
  return documents === 0
    ? notice('index-unclaimed', explanation, { index })
    : breach('index-unclaimed', explanation, { index });
};

/** Finds indices that may contain data of a category, and that no category claims. */
export const findUnclaimed = (
  { categories, ignoredIndices }: RetentionPolicy,
  all: readonly AuditedIndex[],
  counts: Visible<ReadonlyMap<string, number>>,
): readonly AuditFinding[] => {
  const each = [...categories.values()];
  const claimed = [...each.flatMap(({ indices }) => indices), ...ignoredIndices];
  return all
    .filter((index) => !belongsTo(index, claimed) && !PRODUCT_NAMES.test(index.name) && !OWN.test(index.name))
    .filter(({ aliases }) => !aliases.some((alias) => claimed.some((pattern) => matchesPattern(alias, pattern))))
    .flatMap((index) => {
      const why = reasonOf(index, each);
      const documents = 'seen' in counts ? counts.seen.get(index.name) : undefined;
      return why === undefined ? [] : [unclaimed(index.name, why, documents)];
    });
};

/** Finds ledgers of our categories under another prefix. No run of this policy carries out their erasures. */
export const findLedgersElsewhere = (
  policy: RetentionPolicy,
  all: readonly AuditedIndex[],
  counts: Visible<ReadonlyMap<string, number>>,
): readonly AuditFinding[] =>
  [...policy.categories.keys()].flatMap((category) => {
    const own = ownIndices(policy, category).ledger;
    return all
      .filter(({ name }) => name !== own && name.endsWith(`ledger.${category}`))
      .filter(({ name }) => !('seen' in counts) || counts.seen.get(name) !== 0)
      .map(({ name }) =>
        breach(
          'ledger-elsewhere',
          {
            expected: `one ledger of ${category}: ${own}`,
            found: 'another one, with entries',
            fix: 'No run of this policy erases what it owes. Set indexPrefix back, or run node bin/es-retention.mjs replay, and delete that index when nothing in it is open.',
          },
          { category, index: name },
        ),
      );
  });
