import type { Criteria } from '../criteria/due-criteria.ts';
import type { Finding } from '../criteria/finding.ts';
import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import type { Instant } from '../policy/time/instant.ts';
import type { RuleContext } from '../rules/rule.ts';
import { kindsOf, RULE_KINDS } from '../rules/rule-kinds.ts';

/**
 * Combines the rules of a category at one instant into criteria on documents.
 * @param dueErasures the subjects whose erasure is due, and findings about forgotten erasures.
 * @param controls the holds and the pause of the category.
 */
export const criteriaOf = (
  category: Category,
  policy: RetentionPolicy,
  now: Instant,
  dueErasures: RuleContext['dueErasures'] & { readonly ledgerFindings?: readonly Finding[] } = {
    subjects: [],
    more: 0,
  },
  controls: Pick<Criteria, 'held' | 'controls'> = {},
): Criteria =>
  Object.assign(
    { ...controls, ...(dueErasures.ledgerFindings !== undefined && { ledgerFindings: dueErasures.ledgerFindings }) },
    ...kindsOf(category).map((kind) => kind.criteriaOf({ category, policy, now, dueErasures })),
  );

/** The same criteria, with the bounds for overdue and future dates at another instant. */
export const criteriaAt = (criteria: Criteria, category: Category, now: Instant): Criteria =>
  Object.assign({ ...criteria }, ...RULE_KINDS.map((kind) => kind.criteriaAt?.(criteria, category, now)));

/**
 * The same criteria, limited to documents dated before a cutoff. Criteria with an earlier cutoff stay as they are.
 * @param cutoff absent: no limit.
 */
export const criteriaBefore = (criteria: Criteria, cutoff: Instant | undefined): Criteria =>
  cutoff === undefined
    ? criteria
    : Object.assign({ ...criteria }, ...RULE_KINDS.map((kind) => kind.criteriaBefore?.(criteria, cutoff)));

/** Whether any document can be due under these criteria. */
export const canBeDue = (criteria: Criteria): boolean => RULE_KINDS.some((kind) => kind.canBeDue(criteria));
