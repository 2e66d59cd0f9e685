import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import type { Instant } from '../policy/time/instant.ts';
import type { RuleContext } from '../rules/rule.ts';
import { kindsOf, RULE_KINDS } from '../rules/rule-kinds.ts';
import type { Criteria } from './document-store.ts';
import type { Finding } from './finding.ts';

/**
 * What the rules of a category mean at one instant, as criteria on documents.
 * @param owed the subjects whose erasure is due, for the rules that go by subjects; and what is owed and found by nobody.
 */
export const criteriaOf = (
  category: Category,
  policy: RetentionPolicy,
  now: Instant,
  owed: RuleContext['owed'] & { readonly forgotten?: readonly Finding[] } = { subjects: [], more: 0 },
): Criteria =>
  Object.assign(
    owed.forgotten === undefined ? {} : { forgotten: owed.forgotten },
    ...kindsOf(category).map((kind) => kind.criteriaOf({ category, policy, now, owed })),
  );

/** The same criteria with what is overdue, and what lies in the future, at another instant. */
export const criteriaAt = (criteria: Criteria, category: Category, now: Instant): Criteria =>
  Object.assign({ ...criteria }, ...RULE_KINDS.map((kind) => kind.criteriaAt?.(criteria, category, now)));

/** Whether any document can be due by these criteria. */
export const canBeDue = (criteria: Criteria): boolean => RULE_KINDS.some((kind) => kind.isAskedBy(criteria));
