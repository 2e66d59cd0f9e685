import { MINUTE } from '../policy/time/duration.ts';
import type { Instant } from '../policy/time/instant.ts';

/**
 * How long a request that got no answer may still be executed by the cluster, counted from the moment at which we gave
 * up. A drop ends earlier, by its own time-out. A delete-by-query has none, but is limited to one batch.
 */
export const UNANSWERED_MILLISECONDS = 120_000;

/** How far the clock of a run that wrote a lease, and our own, may be apart: each may be wrong by five minutes. */
export const CLOCKS_APART = 10 * MINUTE;

/** The part of a lease about destructive requests. */
export interface DestructionFlags {
  readonly runId: string;
  /** Whether a run has the lease now. */
  readonly isLeased: boolean;
  readonly expiresAt: Instant;
  /** Set before the first destructive request of a run, and cleared after the last. Undefined: an earlier version. */
  readonly destroying: boolean | undefined;
  /** Until when requests without an answer may still be executed. */
  readonly unansweredUntil: Instant | undefined;
}

/**
 * The reason why documents of a category may still be destroyed: a run at work, the last request of a run that died, or
 * a request that got no answer.
 */
export interface Destruction {
  readonly kind: 'at-work' | 'dead' | 'unanswered';
  readonly runId: string;
  /**
   * By our clock. For a run at work, the end of its lease, which it may extend. Otherwise the time until which to wait.
   */
  readonly until: Instant;
}

/** When the last request of a run that died has certainly ended. */
const endOfDead = ({ expiresAt }: DestructionFlags): Instant => expiresAt + UNANSWERED_MILLISECONDS;

/**
 * The reason why documents may still be destroyed, by these flags; undefined if there is none. The clock of the run may
 * be behind ours: then its lease seems to have ended while it is at work.
 */
export const destructionIn = (flags: DestructionFlags, now: Instant): Destruction | undefined => {
  const { runId, isLeased, expiresAt, destroying, unansweredUntil = 0 } = flags;
  // A run of an earlier version has no flag, and may destroy while it has the lease.
  if (isLeased && destroying !== false) return { kind: 'at-work', runId, until: expiresAt };
  const deadUntil = !isLeased && destroying === true ? endOfDead(flags) + CLOCKS_APART : 0;
  const until = Math.max(deadUntil, unansweredUntil + CLOCKS_APART);
  if (now >= until) return undefined;
  return { kind: now < deadUntil ? 'dead' : 'unanswered', runId, until };
};

/**
 * Until when a drop that an earlier run has sent may still be executed; undefined if there is none. If a run died, its
 * lease lasted longer than its last drop could.
 */
export const dropsUntil = (flags: DestructionFlags | undefined): Instant | undefined =>
  flags === undefined
    ? undefined
    : Math.max(flags.unansweredUntil ?? 0, flags.destroying === true ? flags.expiresAt : 0) || undefined;

/** Until when requests of earlier runs may still be executed. The next run copies this time into its own lease. */
export const unansweredBefore = (flags: DestructionFlags | undefined): Instant | undefined => {
  if (flags === undefined) return undefined;
  const { destroying, unansweredUntil = 0 } = flags;
  const until = Math.max(unansweredUntil, destroying === true ? endOfDead(flags) : 0);
  return until === 0 ? undefined : until;
};
