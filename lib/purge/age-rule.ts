import type { Category, RetentionPolicy } from '../policy/retention-policy.ts';
import { apartBefore, cutoffOf, fellDueSince, overdueBefore } from '../policy/time/cutoff.ts';
import type { Instant } from '../policy/time/instant.ts';
import type { AgeCriteria } from './document-store.ts';

/**
 * The age rule of a category at one instant, as criteria on documents. Undefined when the category has no age rule.
 *
 * A timestamp may run ahead of our clock by the allowed lateness: such a document is still purged in time by its own
 * timestamp. One further ahead would outlive the promise, so it is not believed.
 */
export const ageCriteria = (category: Category, policy: RetentionPolicy, now: Instant): AgeCriteria | undefined => {
  const { age } = category.rules;
  if (age === undefined) return undefined;
  const usualFrom = fellDueSince(now, age);
  return {
    timestampField: category.timestampField,
    ingestedField: category.ingestedField,
    earliest: policy.earliest,
    cutoff: cutoffOf(now, age),
    term: age,
    ...(usualFrom !== undefined && { usualFrom }),
    overdueBefore: overdueBefore(now, age),
    apartBefore: apartBefore(now, age),
    futureFrom: now + age.allowedLateness.milliseconds,
  };
};
