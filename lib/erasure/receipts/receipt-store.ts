import type { Instant } from '../../policy/time/instant.ts';
import type { RemovalMode } from '../../purge/report/report.ts';

/** A stored receipt. Its content is only in the JWS. */
export interface KeptReceipt {
  /** The same request always has the same id, so that it has one receipt. */
  readonly id: string;
  readonly requestId: string;
  readonly issuedAt: string;
  readonly jws: string;
  /** SHA-256, in hex, of the JWS as text. */
  readonly hash: string;
}

/** The store of one category's receipts. Receipts can be created, but never changed. */
export interface ReceiptStore {
  /**
   * Stores receipts. If one exists already, the first one stays.
   * @returns the stored receipts by id.
   */
  keep(receipts: readonly KeptReceipt[]): Promise<ReadonlyMap<string, KeptReceipt>>;
  /**
   * Reads receipts by id. Without ids, it only checks whether receipts can be stored.
   * @throws InputError `own-index-altered`; TransientError.
   */
  read(ids: readonly string[]): Promise<readonly KeptReceipt[]>;
  /**
   * Removes receipts that were issued before the instant. For housekeeping.
   * @returns the number of receipts.
   */
  removeOld(before: Instant, work: RemovalMode): Promise<number>;
}
