import type { Instant } from '../../policy/time/instant.ts';

/** Our clock and the cluster's, read at one moment. */
export interface Clocks {
  readonly ours: Instant;
  readonly cluster: Instant;
  /** Milliseconds by which the cluster's is ahead of ours, beyond what the request took; negative when it is behind. */
  readonly skew: number;
}

/** The moment of a plan, and the clocks that it comes from; without them where no index told the cluster's time: such a plan removes nothing. */
export interface Moment {
  /** The earlier of both clocks. */
  readonly now: Instant;
  readonly clocks?: Clocks;
}
