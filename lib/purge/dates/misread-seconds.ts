import type { Instant } from '../../policy/time/instant.ts';
import type { AgeCriteria } from '../document-store.ts';

/**
 * Where seconds lie that a mapping reads as milliseconds, in January 1970, when as seconds they are not over at an instant. Only before
 * the policy's earliest: what is believable is taken as it is. Undefined where nothing lies. Pure.
 * @param instant milliseconds since 1970.
 * @returns instants as the index has them.
 */
export const misreadSeconds = (
  { earliest, futureFrom }: Pick<AgeCriteria, 'earliest' | 'futureFrom'>,
  instant: Instant,
): { readonly gte: Instant; readonly lt: Instant } | undefined => {
  const gte = Math.max(0, Math.floor(instant / 1000));
  const lt = Math.min(earliest, Math.ceil(futureFrom / 1000));
  return gte < lt ? { gte, lt } : undefined;
};
