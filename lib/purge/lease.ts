import type { ControlMemory } from '../control/change-controls.ts';
import type { ControlsSeen } from '../control/controls.ts';
import type { BlockIntent } from '../criteria/due-criteria.ts';
import type { Instant } from '../policy/time/instant.ts';
import type { Destruction } from './destruction.ts';

/** The maximum number of blocks that a lease declares. Of a longer list, a later run reads only the first ones. */
export const MAX_DECLARED_BLOCKS = 1_000;

/**
 * The right to purge one category. One run at a time has it. Every change is conditional on the sequence number of
 * its document, so that only one of two runs succeeds. It expires by itself if its run dies.
 */
export interface Lease {
  readonly runId: string;
  /**
   * The number of this lease: it grows with every lease of the category. A run compares it to see that the lease is
   * still its own. It is never sent with a deletion, so the cluster does not check it.
   */
  readonly fence: number;
  /** Blocks that an earlier run declared and did not lift. */
  readonly leftovers: readonly BlockIntent[];
  /** Until when a drop of an earlier run, which got no answer, may still be executed; undefined if there is none. */
  readonly dropsUntil: Instant | undefined;
  /**
   * Checks that this run still has the lease for long enough, and renews it when little time is left. Called before
   * each destructive request.
   * @throws TransientError `lease-lost`
   */
  assertLeased(): Promise<void>;
  /**
   * Renews the lease, even after its end, unless another run has taken it. Called after an operation that may take
   * longer than the lease.
   * @throws TransientError `lease-lost`
   */
  prolong(): Promise<void>;
  /** Replaces the list of declared blocks, durably. Called before blocks are set and after they are lifted. */
  declareBlocks(intents: readonly BlockIntent[]): Promise<void>;
  /** The blocks that this run declares at this moment. */
  declaredBlocks(): readonly BlockIntent[];
  /**
   * Whether another run, which has taken the lease over, declares the block of an index.
   * @param uuid of the index.
   * @throws InputError | TransientError if the lease cannot be read.
   */
  isDeclaredByNext(uuid: string): Promise<boolean>;
  /** As {@link ControlMemory.controlsSeen}, when the lease was taken. */
  readonly controlsSeen: readonly ControlsSeen[];
  /**
   * Records, durably, that destructive requests follow, and the state of the controls on which they rely. The controls
   * are read again after this, before each request.
   * @throws TransientError `lease-lost`
   */
  beginDestroying(controls: ControlsSeen): Promise<void>;
  /**
   * Records that the last destructive request was answered.
   * @param unansweredUntil until when requests that got no answer may still be executed; absent if all were answered.
   */
  endDestroying(unansweredUntil?: Instant): Promise<void>;
  /** Releases the lease, but keeps the declared blocks that are still set. */
  release(): Promise<void>;
}

/**
 * Renews the lease after an operation that may take longer than the lease. A lost lease is not reported here: each
 * request that changes something checks it.
 */
export const keepLease = (lease: Lease): Promise<void> => lease.prolong().catch(() => undefined);

/** The run that has a lease at this moment. */
export interface LeaseOwner {
  readonly runId: string;
  /** The current end of its lease. A run that continues extends it. */
  readonly until: Instant;
}

/** The leases of all categories. */
export interface LeaseStore extends ControlMemory {
  /**
   * Takes the lease of a category.
   * @throws TransientError `lease-held` if another run has it.
   */
  acquire(categoryId: string, runId: string): Promise<Lease>;
  /**
   * Every category that has leases and that the key may see, even if the policy does not contain it. For commands of a
   * person, not for runs.
   */
  categories(): Promise<readonly string[]>;
  /** The declared blocks of a category whose lease no run has: their run died, or could not lift them. */
  leftoverBlocks(categoryId: string): Promise<readonly BlockIntent[]>;
  /**
   * The current owner of a category's lease; undefined if there is none. Changes nothing.
   * @throws InputError | TransientError if it cannot be read.
   */
  owner(categoryId: string): Promise<LeaseOwner | undefined>;
  /**
   * Why documents of a category may still be destroyed; undefined if there is no reason. Changes nothing.
   * @throws InputError | TransientError if it cannot be read.
   */
  destruction(categoryId: string): Promise<Destruction | undefined>;
}
