import type { AgeCriteria } from '../../criteria/due-criteria.ts';
import type { Instant } from '../../policy/time/instant.ts';

/**
 * The range of index values (January 1970) that are misread seconds and not yet expired. Such dates were sent in
 * seconds and read as milliseconds; read as seconds, they are at or after an instant. The range ends at the policy's
 * `earliest`, since later values are believed unchanged. Undefined if the range is empty.
 * @param instant epoch milliseconds.
 * @returns instants as they are in the index.
 */
export const misreadSeconds = (
  { earliest, futureFrom }: Pick<AgeCriteria, 'earliest' | 'futureFrom'>,
  instant: Instant,
): { readonly gte: Instant; readonly lt: Instant } | undefined => {
  const gte = Math.max(0, Math.floor(instant / 1000));
  const lt = Math.min(earliest, Math.ceil(futureFrom / 1000));
  return gte < lt ? { gte, lt } : undefined;
};
