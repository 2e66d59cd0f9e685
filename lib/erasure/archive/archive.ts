import type { Instant } from '../../policy/time/instant.ts';
import type { RemovalMode } from '../../purge/report/report.ts';

/**
 * The kinds of copies kept outside the cluster: accepted events, closed ledger entries, receipts, lists of the events
 * that must be there (manifests), and the daily statements of the audit.
 */
export type ArchiveKind = 'events' | 'entries' | 'receipts' | 'manifests' | 'statements';

/**
 * A copy from the archive, or the reason why it cannot be opened. An unreadable copy does not prevent the others from
 * being read.
 */
export type Archived =
  | { readonly id: string; readonly content: object }
  | {
      readonly id: string;
      /**
       * `no-key`: sealed with a key version that the key ring does not hold (any more). `damaged`: altered, moved to
       * another copy's place, or not a file. `no-copy`: we do not give such a name to copies.
       */
      readonly unreadable: 'no-key' | 'damaged' | 'no-copy';
    };

/** The number of copies that an expiry removed, or why it removes none itself. */
export interface Expiry {
  readonly removed: number;
  readonly note?: string;
}

/**
 * Copies outside the cluster. They are needed because restoring the cluster also restores an old ledger. They are
 * sealed, written once, and expire. An id consists of letters, digits and `._:@-`, at most 128 characters. It is
 * readable without a key, so it must not name a person.
 */
export interface Archive {
  /**
   * Stores a copy, durably before it returns. If the id exists, nothing changes: a later state of the same record needs
   * another id.
   * @param content JSON values only.
   * @throws InputError `bad-archive-id`; `archive-refused` if the archive rejects it.
   * @throws TransientError `archive-failed`
   */
  put(kind: ArchiveKind, id: string, content: object): Promise<void>;
  /**
   * All copies of a kind, in no particular order.
   * @param isWanted a filter. Ids for which it is false are left out, and their copies are not opened.
   * @throws InputError `archive-refused`
   * @throws TransientError `archive-failed`
   */
  list(kind: ArchiveKind, isWanted?: (id: string) => boolean): AsyncIterable<Archived>;
  /**
   * The ids of copies of a kind that were stored at or after an instant, in no particular order. Opens no copy and
   * needs no key. In a restored bucket, a copy's time is the time of the restore.
   * @throws InputError `archive-refused`
   * @throws TransientError `archive-failed`
   */
  ids(kind: ArchiveKind, since: Instant): AsyncIterable<string>;
  /**
   * Removes copies that were stored before an instant. If the archive expires copies by its own rule, this call removes
   * nothing and says so. For housekeeping.
   * @param needed returns the ids to keep whatever their age; undefined keeps all.
   */
  removeOld(
    kind: ArchiveKind,
    before: Instant,
    work: RemovalMode,
    needed?: () => Promise<ReadonlySet<string> | undefined>,
  ): Promise<Expiry>;
}
