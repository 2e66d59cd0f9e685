import type { Finding } from '../../criteria/finding.ts';
import type { SurveyedIndex } from '../../criteria/survey-result.ts';
import type { Category } from '../../policy/retention-policy.ts';
import { isKeptWhole } from '../controls/held-index.ts';
import { kindFinding } from './index-kind.ts';
import { reachFinding } from './index-reach.ts';

/**
 * Why no plan touches an index: it does not belong to the category, or its documents are copies and the originals stay.
 * Undefined if a plan may touch it.
 */
export const untouchedFinding = (
  { description, counts }: Pick<SurveyedIndex, 'description' | 'counts'>,
  { indices }: Category,
): Finding | undefined => reachFinding(description, indices) ?? kindFinding(description, counts?.due ?? 0);

/** Whether a plan may remove documents from an index: nothing forbids it, and no hold keeps all of them. */
export const isTouchable = (
  index: Pick<SurveyedIndex, 'description' | 'usable' | 'counts'>,
  category: Category,
): boolean => untouchedFinding(index, category) === undefined && !isKeptWhole(index.usable);
