import type { estypes } from '@elastic/elasticsearch';

type Query = estypes.QueryDslQueryContainer;

/** A value was left out of the index. Of ours none ever is. */
export const ignored: Query = { exists: { field: '_ignored' } };

/** What none of these queries finds. */
export const none = (...queries: readonly Query[]): Query => ({ bool: { must_not: [...queries] } });

/** What all of these queries find. */
export const both = (...queries: readonly Query[]): Query => ({ bool: { filter: [...queries] } });

/** What has no indexed value in a field. */
export const without = (field: string): Query => none({ exists: { field } });

/** Documents of these ids that a query, which should, does not find. */
export const missedBy = (ids: readonly string[], query: Query): Query =>
  both({ ids: { values: [...ids] } }, none(query));

/** Documents that are not found by what they say in a field: one query for each value. */
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

/** The same of a field with many values: a document that is found by the value of another is not told. */
export const missedByAny = <T extends { readonly id: string }>(
  documents: readonly T[],
  field: string,
  saidBy: (document: T) => string,
): Query =>
  missedBy(
    documents.map(({ id }) => id),
    { terms: { [field]: [...new Set(documents.map(saidBy))] } },
  );

/** What at least one of these queries finds. */
export const anyOf = (queries: readonly Query[]): Query =>
  both({ bool: { should: [...queries], minimum_should_match: 1 } });
