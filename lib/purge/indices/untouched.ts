import type { Category } from '../../policy/retention-policy.ts';
import type { Finding } from '../finding.ts';
import type { SurveyedIndex } from '../surveyed.ts';
import { kindFinding } from './index-kind.ts';
import { reachFinding } from './index-reach.ts';

/**
 * Why no plan touches an index: it is not the category's own, or its documents are a copy of others that stay. Undefined where a plan may. Pure.
 */
export const untouchedFinding = (
  { description, counts }: Pick<SurveyedIndex, 'description' | 'counts'>,
  { indices }: Category,
): Finding | undefined => reachFinding(description, indices) ?? kindFinding(description, counts?.due ?? 0);
