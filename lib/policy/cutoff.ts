import type { Duration } from './duration.ts';
import type { Instant } from './instant.ts';
import type { AgeRule } from './retention-policy.ts';

/** The exclusive cutoff of an age rule: a document is expired when every value of its timestamp is before it. */
export function cutoffOf(now: Instant, maxAge: Duration): Instant {
  return now - maxAge.milliseconds;
}

/** Exclusive as well: a document from before this instant is overdue, older than `maxAge` and the allowed lateness together. */
export function overdueBefore(now: Instant, age: AgeRule): Instant {
  return cutoffOf(now, age.maxAge) - age.allowedLateness.milliseconds;
}
