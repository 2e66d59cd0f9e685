import type { Category } from '../../policy/retention-policy.ts';
import { kindsOf } from '../../rules/rule-kinds.ts';

/** Whether a category has a rule, so that a promise can be kept or broken. */
export const hasRule = (category: Category): boolean => kindsOf(category).length > 0;

/** The maximum time that data may stay, for a table column: `P14D`, `P7D after termination`, or both. */
export const limitText = (category: Category): string =>
  kindsOf(category)
    .map(({ wording }) => wording.limit(category))
    .join(', ') || '–';

/** The rules of a category in full: `P14D, overdue PT1H later`, `erased P3D to P7D after termination`. */
export const ruleText = (category: Category): string =>
  kindsOf(category)
    .map(({ wording }) => wording.rule(category))
    .join(' · ') || 'no rule';
