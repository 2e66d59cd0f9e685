import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import type { Instant } from '../policy/time/instant.ts';
import { ageCriteria } from './age-rule.ts';
import type { Criteria, ErasureCriteria } from './document-store.ts';
import type { DueErasures } from './due-erasures.ts';

const erasureCriteria = (
  category: Category,
  { subjects, more }: Pick<DueErasures, 'subjects' | 'more'>,
): ErasureCriteria => ({
  accountField: category.accountField,
  ...(category.applicationField !== undefined && { applicationField: category.applicationField }),
  timestampField: category.timestampField,
  ingestedField: category.ingestedField,
  subjects,
  more,
});

/**
 * What the rules of a category mean at one instant, as criteria on documents: the age rule by the clock, the termination
 * rule by the subjects whose erasure is due.
 */
export const criteriaOf = (
  category: Category,
  policy: RetentionPolicy,
  now: Instant,
  owed: Pick<DueErasures, 'subjects' | 'more'> & Partial<DueErasures> = { subjects: [], more: 0 },
): Criteria => {
  const age = ageCriteria(category, policy, now);
  return {
    ...(age !== undefined && { age }),
    ...(category.rules.termination !== undefined && { erasures: erasureCriteria(category, owed) }),
    ...(owed.forgotten !== undefined && { forgotten: owed.forgotten }),
  };
};
