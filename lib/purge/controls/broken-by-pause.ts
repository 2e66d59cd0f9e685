import type { Category } from '../../policy/retention-policy.ts';
import { HOUR } from '../../policy/time/duration.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { nextRun } from '../../policy/time/schedule.ts';
import { overdueFromOf } from '../../rules/rule-kinds.ts';

/** A person needs this long to react before a promise is broken. */
const TO_REACT = 6 * HOUR;

/** The known facts about the promises of a category. */
export interface Promises {
  /** The date of the oldest document that no hold keeps. */
  readonly oldestAt?: Instant | undefined;
  /** The nearest deadline of an erasure that is owed and not held. */
  readonly nearestEraseBy?: Instant | undefined;
}

/**
 * When a promise of a category is broken if nothing is destroyed any more; undefined if no known document or erasure
 * breaks a promise. Documents with later dates break the promise later.
 */
export const brokenAt = (category: Category, { oldestAt, nearestEraseBy }: Promises): Instant | undefined => {
  const instants = [oldestAt === undefined ? [] : overdueFromOf(category, oldestAt), nearestEraseBy ?? []].flat();
  return instants.length === 0 ? undefined : Math.min(...instants);
};

/**
 * When a pause breaks a promise: before the first run after its end, or so soon that nobody could prevent it later.
 * Undefined if it breaks no promise.
 * @param until the end of the pause.
 */
export const brokenByPause = (
  category: Category,
  promises: Promises,
  until: Instant,
  now: Instant,
): Instant | undefined => {
  const at = brokenAt(category, promises);
  const limit = Math.max(nextRun(category.schedule, until) ?? Number.POSITIVE_INFINITY, now + TO_REACT);
  return at === undefined || at > limit ? undefined : at;
};
