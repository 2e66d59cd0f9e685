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

/** What at least one of these queries finds. */
export const anyOf = (queries: readonly Query[]): Query =>
  both({ bool: { should: [...queries], minimum_should_match: 1 } });
