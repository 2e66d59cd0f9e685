import type { Query } from './rule-query.ts';

export const SEQUENCE_NUMBER = '_seq_no';

/** Documents with these sequence numbers. A cluster refuses this query for an index without sequence numbers. */
export const numbered = (numbers: { readonly gte: number; readonly lt?: number }): Query => ({
  range: { [SEQUENCE_NUMBER]: numbers },
});
