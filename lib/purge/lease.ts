import type { Instant } from '../policy/time/instant.ts';

/** An index that this run is about to block for writes; written down before the block is set. */
export interface BlockIntent {
  readonly index: string;
  readonly uuid: string;
}

/**
 * The right to purge one category, held by one run at a time. Every change of it is conditional on its sequence
 * number, so that of two runs one wins; it expires by itself when its holder dies.
 */
export interface Lease {
  readonly runId: string;
  /** Grows with every acquisition of this category's lease: who held it later has the larger number. */
  readonly fence: number;
  /** Blocks that a run before this one announced and did not lift. */
  readonly leftovers: readonly BlockIntent[];
  /**
   * Throws unless the lease is still ours for long enough; renews it when little is left. Called before each
   * destructive request.
   * @throws TransientError `lease-lost`
   */
  assertHeld(): Promise<void>;
  /**
   * Renews it, also when its end has passed, as long as no other run has taken it over. Called after what may take longer than it lasts.
   * @throws TransientError `lease-lost`
   */
  prolong(): Promise<void>;
  /** Replaces the announced blocks, durably, before they are set or after they are gone. */
  announce(intents: readonly BlockIntent[]): Promise<void>;
  /** The blocks that are announced at this moment. */
  announced(): readonly BlockIntent[];
  /** Gives the lease back, keeping the announced blocks that are still there. */
  release(): Promise<void>;
}

/** After a look, or what else may take longer than a lease lasts. That it was lost is found before each request that changes anything. */
export const keepLease = (lease: Lease): Promise<void> => lease.prolong().catch(() => undefined);

/** The run that holds a lease at this moment. */
export interface LeaseHolder {
  readonly runId: string;
  /** The end of its lease, as it stands now; a run that goes on prolongs it. */
  readonly until: Instant;
}

export interface LeaseStore {
  /** @throws TransientError `lease-held` when another run holds it. */
  acquire(categoryId: string, runId: string): Promise<Lease>;
  /** Every category that has leases, whatever the policy says of it, as far as the key may see. For a person's commands, not for runs. */
  categories(): Promise<readonly string[]>;
  /** The blocks that the lease of a category announces, where nobody holds it: of a run that died, or could not lift them. */
  unheld(categoryId: string): Promise<readonly BlockIntent[]>;
  /**
   * Who holds the lease of a category now; undefined where nobody does. Takes nothing, and changes nothing.
   * @throws InputError | TransientError when it cannot be read.
   */
  holder(categoryId: string): Promise<LeaseHolder | undefined>;
}
