import type { RuleQuery } from '../query/rule-query.ts';
import { AGE_QUERY } from './age.ts';
import { TERMINATION_QUERY } from './termination.ts';

/** How each kind of rule is queried, in the order in which slices are deleted. */
export const RULE_QUERIES: readonly RuleQuery[] = [AGE_QUERY, TERMINATION_QUERY];
