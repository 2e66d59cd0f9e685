import { all, none } from '../query/bool-query.ts';
import type { Query } from '../query/rule-query.ts';

/** Documents with a value that the index ignored. None of our documents has such a value. */
export const ignored: Query = { exists: { field: '_ignored' } };

/** Documents without an indexed value in a field. */
export const without = (field: string): Query => none({ exists: { field } });

/** Documents with these ids that a query should find, but does not. */
export const missedBy = (ids: readonly string[], query: Query): Query =>
  all({ ids: { values: [...ids] } }, none(query));

/** Documents that a search for their own value in a field does not find; one query for each value. */
export const missedByEach = <T extends { readonly id: string }>(
  documents: readonly T[],
  field: string,
  saidBy: (document: T) => string,
): readonly Query[] =>
  [...Map.groupBy(documents, saidBy)].map(([value, some]) =>
    missedBy(
      some.map(({ id }) => id),
      { term: { [field]: value } },
    ),
  );

/**
 * The same for a field with many values, in one query. It does not notice a document that is found by the value of
 * another document.
 */
export const missedByAny = <T extends { readonly id: string }>(
  documents: readonly T[],
  field: string,
  saidBy: (document: T) => string,
): Query =>
  missedBy(
    documents.map(({ id }) => id),
    { terms: { [field]: [...new Set(documents.map(saidBy))] } },
  );

/** Documents that at least one of these queries finds. */
export const anyOf = (queries: readonly Query[]): Query =>
  all({ bool: { should: [...queries], minimum_should_match: 1 } });
