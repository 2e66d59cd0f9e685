import type { Query } from './rule-query.ts';

/** Documents that all queries find. */
export const all = (...filter: readonly Query[]): Query => ({ bool: { filter: [...filter] } });
/** Documents that none of the queries finds. */
export const none = (...queries: readonly Query[]): Query => ({ bool: { must_not: [...queries] } });
/** Documents that at least one query finds. */
export const any = (...should: readonly Query[]): Query => ({ bool: { should: [...should], minimum_should_match: 1 } });
