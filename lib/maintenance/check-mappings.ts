import type { Counts } from '../criteria/counts.ts';
import type { Finding } from '../criteria/finding.ts';
import type { IndexDescription } from '../criteria/index-description.ts';
import type { Category } from '../policy/retention-policy.ts';
import type { DocumentStore } from '../purge/document-store.ts';
import { unavailability } from '../purge/indices/unavailable-index.ts';
import { mappingFindings, usableFieldsOf } from '../rules/field-mapping.ts';
import { kindsOf, mappingNeedsOf } from '../rules/rule-kinds.ts';

/** The mapping of an index is judged without a count, as if it had documents. */
const UNCOUNTED: Counts = { documents: 1, due: 0, overdue: 0, undatable: 0, aheadOfIngestion: 0, behindIngestion: 0 };

const fieldsOf = (category: Category): readonly string[] => {
  const { timestampField, ingestedField, accountField, applicationField = accountField } = category;
  const { dates, otherFields } = mappingNeedsOf(category);
  return [...new Set([timestampField, ingestedField, accountField, applicationField, ...dates, ...otherFields])];
};

const problemsOf = (index: IndexDescription, category: Category): readonly Finding[] => {
  const outage = unavailability(index);
  if (outage !== undefined) return [outage];
  const usable = usableFieldsOf(index, category);
  const counted = { index, usable, counts: UNCOUNTED, category, criteria: {} };
  return [
    ...mappingFindings(index, category),
    ...kindsOf(category).flatMap((kind) => kind.mappingFindings?.(counted) ?? []),
  ];
};

/** The indices of a category, and what is wrong with their mappings. */
export interface CheckedMappings {
  readonly indices: number;
  readonly findings: readonly Finding[];
}

/**
 * Checks without counting whether the rules of a category can read its indices. An index to which nothing was ever
 * written is left out: its fields may come with the first document.
 * @throws InputError | TransientError
 */
export const checkMappings = async (
  store: Pick<DocumentStore, 'describe' | 'operations'>,
  category: Category,
): Promise<CheckedMappings> => {
  const [described, operations] = await Promise.all([
    store.describe(category.indices, fieldsOf(category)),
    store.operations(category.indices),
  ]);
  const written = described.filter(({ name }) => operations.get(name) !== 0);
  return { indices: described.length, findings: written.flatMap((index) => problemsOf(index, category)) };
};
