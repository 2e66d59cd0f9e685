import type { Instant } from '../../policy/time/instant.ts';
import type { Housework } from '../../purge/execute/after-purge.ts';

/** A receipt as it is kept: what it says is in the JWS alone. */
export interface KeptReceipt {
  /** The same for the same request, so that there is one. */
  readonly id: string;
  readonly requestId: string;
  readonly issuedAt: string;
  readonly jws: string;
  /** SHA-256, in hex, of the JWS as text. */
  readonly hash: string;
}

/** Where the receipts of one category are kept. They can be created, and never changed. */
export interface ReceiptStore {
  /** Creates those that are not there yet; of one that is, the first stays. Returns what is there now, by id. */
  keep(receipts: readonly KeptReceipt[]): Promise<ReadonlyMap<string, KeptReceipt>>;
  /** Those of these ids that are there. Without any it only looks whether receipts can be kept. @throws InputError `own-index-altered`; TransientError. */
  read(ids: readonly string[]): Promise<readonly KeptReceipt[]>;
  /** Removes receipts that were issued before the instant. For housekeeping. @returns how many. */
  forget(before: Instant, work: Housework): Promise<number>;
}
