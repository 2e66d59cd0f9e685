import type { Criteria } from '../../../criteria/due-criteria.ts';
import type { Slice, Target } from '../../../purge/document-remover.ts';
import type { SearchTarget } from '../query/rule-query.ts';
import { RULE_QUERIES } from '../rules/rule-queries.ts';

/**
 * Splits what is due in one index into slices, rule by rule.
 * @throws TransientError if not every shard answers.
 */
export const measureSlices = async (
  search: SearchTarget,
  target: Target,
  criteria: Criteria,
): Promise<readonly Slice[]> => {
  const slices: Slice[] = [];
  for (const rule of RULE_QUERIES) slices.push(...(await rule.slices(search, target, criteria)));
  return slices;
};
