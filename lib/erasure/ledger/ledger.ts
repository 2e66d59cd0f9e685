import type { Instant } from '../../policy/time/instant.ts';
import type { RemovalMode } from '../../purge/report/report.ts';
import type { LedgerEntry } from './ledger-entry.ts';

/** An entry as it was read. It can be replaced only if nobody else has replaced it since. */
export interface ReadEntry {
  readonly entry: LedgerEntry;
  readonly seqNo: number;
  readonly primaryTerm: number;
}

/** One change: the new entry, and the old entry as it was read; `undefined` if there was none. */
export interface Change {
  readonly entry: LedgerEntry;
  readonly read: ReadEntry | undefined;
}

/** Selects entries. All given conditions must hold. */
export interface LedgerQuery {
  readonly category: string;
  /** Only entries of subjects with one of these hashes. */
  readonly hashes?: readonly string[];
  /** Only entries under one of these versions of the subject key. */
  readonly keyIds?: readonly string[];
  readonly states?: readonly LedgerEntry['state'][];
  readonly eraseFromUpTo?: Instant;
  /** Only entries whose deadline is before this instant. */
  readonly eraseByBefore?: Instant;
  /** Only entries for which no overdue event was published. */
  readonly overdueUnpublished?: boolean;
  /** Only entries for which no event about the current holds was published. */
  readonly heldUnpublished?: boolean;
  /** Only entries whose receipt has not been issued. */
  readonly receiptDue?: boolean;
  /**
   * Only entries with an opening that an earlier version left unsealed. Other entries of that version may be included.
   */
  readonly unsealed?: boolean;
}

/** The position where a search of a ledger ended. Only the ledger that returned it can interpret it. */
export interface LedgerPosition {
  readonly after: readonly unknown[];
}

/** The result of a search of a ledger. */
export interface FoundEntries {
  readonly entries: readonly ReadEntry[];
  readonly total: number;
  /** Where the search continues; absent if there are no more entries. */
  readonly next?: LedgerPosition;
}

/**
 * The limit of a search for all entries of a category. No category is expected to have more. Further entries would not
 * be found, and a command that moves entries says how many are left.
 */
export const ALL_ENTRIES = 10_000_000;

/** The erasure ledger: one entry for each category, subject and kind of termination. */
export interface Ledger {
  /**
   * Every category that has a ledger and that the key may see, even if the policy does not contain it. For commands of
   * a person, not for runs.
   */
  categories(): Promise<readonly string[]>;
  /** Reads entries by id in their current state, without needing a refresh. Missing entries are left out. */
  read(ids: readonly string[]): Promise<ReadonlyMap<string, ReadEntry>>;
  /**
   * Compares entries with their current state, without needing a refresh and without reading their content.
   * @returns the ids of the entries that somebody has replaced or removed since they were read or written.
   * @throws InputError | TransientError if the ledger does not answer, or is gone.
   */
  changed(reads: readonly ReadEntry[]): Promise<ReadonlySet<string>>;
  /**
   * Makes these changes, each independently, by sequence number.
   * @param onWritten called with each entry after its change.
   * @returns the ids of entries that somebody else had changed meanwhile. They are left unchanged.
   */
  write(changes: readonly Change[], onWritten?: (written: ReadEntry) => void): Promise<ReadonlySet<string>>;
  /**
   * Removes these entries, if they are unchanged since they were read.
   * @returns the ids of entries that somebody else has changed. They stay.
   */
  remove(reads: readonly ReadEntry[]): Promise<ReadonlySet<string>>;
  /**
   * Searches after a refresh, the most urgent first.
   * @param limit maximum number of entries; 0 only counts.
   * @param from where an earlier search ended. Entries before it are left out, but counted.
   * @returns the entries, and the total number.
   */
  find(query: LedgerQuery, limit: number, from?: LedgerPosition): Promise<FoundEntries>;
  /**
   * Finds documents that searches do not find by their content, because they may be indexed with other values. Searches
   * after a refresh. Skips documents that were changed since they were read.
   * @param entries absent: all documents that no search for a state finds. Given: those of the given entries that no
   *   search for their own state, hash or key finds.
   * @returns the ids of the documents.
   */
  hidden(category: string, entries?: readonly ReadEntry[]): Promise<ReadonlySet<string>>;
  /** The versions of the subject key that open entries of a category use, after a refresh. */
  keyIdsOfOpen(category: string): Promise<readonly string[]>;
  /** When the category recorded the oldest termination whose erasure it still owes, after a refresh. */
  oldestOwed(category: string): Promise<Instant | undefined>;
  /**
   * Removes entries of a category that were closed before the instant, unless they wait for a receipt, or an event was
   * recorded or is dated since. For housekeeping only.
   * @returns the number of entries.
   */
  removeOld(category: string, before: Instant, work: RemovalMode): Promise<number>;
}
