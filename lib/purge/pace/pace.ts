import type { Instant } from '../../policy/time/instant.ts';
import type { TimeBudget } from '../time-budget.ts';

/** How the throttle learns what other users of the cluster feel. */
export interface Probe {
  /**
   * Sends one small search to the nodes of an index, and waits for its answer. Changes nothing.
   * @throws RetentionError if the cluster rejects it or does not answer.
   */
  search(index: string): Promise<void>;
}

/** What one run deletes document by document, and how long it may take. */
export interface PacedWork {
  readonly budget: TimeBudget;
  readonly documents: number;
  /**
   * Keeps the lease while others have their turn.
   * @throws TransientError if it is lost.
   */
  readonly keepLease: () => Promise<void>;
  /** When a promise is broken if the documents are still there; undefined if no promise depends on them. */
  readonly brokenFrom: Instant | undefined;
}

/** How a run was slowed down. */
export interface Rested {
  /** How long it has waited, in milliseconds. */
  readonly milliseconds: number;
  /** Whether it waited less than the cluster's users needed, because otherwise a promise would have been broken. */
  readonly isShortened: boolean;
}

/** The pace of the requests of one run that delete documents. */
export interface Pace {
  /** The most documents for one request; undefined if there is no limit of its own. */
  readonly batch: number | undefined;
  /** The most requests about one index at once. */
  readonly atOnce: number;
  /**
   * Waits until the next request may follow, then sends it.
   * @param index that the request changes.
   * @param send must ask itself, after the wait, whether it is still permitted.
   * @returns the answer of `send`.
   * @throws what `send` throws.
   */
  request<T extends { readonly deleted: number }>(index: string, send: () => Promise<T>): Promise<T>;
  /** Says that more documents have to be deleted one by one than the run had planned. */
  expect(documents: number): void;
  readonly rested: Rested;
  /** Says that the run sends nothing more. */
  end(): void;
}

/** Two to four requests at once were measured as fastest on one shard; more only fill the write queue. */
const FASTEST = 3;

/** The pace without a throttle: each request is sent at once. */
export const UNPACED: Pace = {
  batch: undefined,
  atOnce: FASTEST,
  request: (_index, send) => send(),
  rested: { milliseconds: 0, isShortened: false },
  expect: () => undefined,
  end: () => undefined,
};
