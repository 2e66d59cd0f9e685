import type { Instant } from '../policy/time/instant.ts';

/** Our clock and the cluster's clock, read at the same moment. */
export interface Clocks {
  readonly ours: Instant;
  readonly cluster: Instant;
  /**
   * How far the cluster's clock is ahead of ours, in milliseconds, not counting the duration of the request. Negative
   * if it is behind.
   */
  readonly skew: number;
}

/**
 * The time of a plan, and the clocks that gave it. Without clocks, no index told the cluster's time, and the plan
 * removes nothing.
 */
export interface Moment {
  /** The earlier of both clocks. */
  readonly now: Instant;
  readonly clocks?: Clocks;
}
