import type { Instant } from '../../policy/time/instant.ts';
import type { Housework } from '../../purge/execute/after-purge.ts';

/** What is kept outside the cluster: accepted events, closed entries of the ledger, receipts, and lists of the events that must be there. */
export type ArchiveKind = 'events' | 'entries' | 'receipts' | 'manifests';

/** A copy from the archive; or, where it cannot be opened, why. One that cannot does not keep the others from being read. */
export type Archived =
  | { readonly id: string; readonly content: object }
  | {
      readonly id: string;
      /**
       * `no-key`: sealed under a version that the key ring does not hold (any more). `damaged`: altered, in another's place, or something
       * else than a file. `no-copy`: under a name that no copy of ours has.
       */
      readonly unreadable: 'no-key' | 'damaged' | 'no-copy';
    };

/** What an expiry did, or why it is not the archive's to do. */
export interface Expiry {
  readonly removed: number;
  readonly note?: string;
}

/**
 * Copies that survive the cluster, since restoring the cluster restores an old ledger. Sealed, written once, and expiring.
 * An id has letters, digits and `._:@-`, at most 128, and stands on the outside of the seal: it must not name a person.
 */
export interface Archive {
  /**
   * Keeps a copy; durable once it returns. The same id again changes nothing: a later state of the same thing needs an id of
   * its own.
   * @param content JSON values only.
   * @throws InputError `bad-archive-id`; `archive-refused` when the archive does not take it from us.
   * @throws TransientError `archive-failed`
   */
  put(kind: ArchiveKind, id: string, content: object): Promise<void>;
  /**
   * All copies of a kind, in no order.
   * @throws InputError `archive-refused`
   * @throws TransientError `archive-failed`
   */
  list(kind: ArchiveKind): AsyncIterable<Archived>;
  /**
   * The ids of a kind that were put at or after an instant, in no order. Opens no copy, so that no key is needed; a copy of a copy
   * (a bucket that was restored) counts from when it was made.
   * @throws InputError `archive-refused`
   * @throws TransientError `archive-failed`
   */
  ids(kind: ArchiveKind, since: Instant): AsyncIterable<string>;
  /**
   * Removes the copies that were put before an instant, unless the archive expires them by a rule of its own; then it says so. For housekeeping.
   * @param needed asked for the ids that stay however old they are; where it gives undefined, all stay.
   */
  expire(
    kind: ArchiveKind,
    before: Instant,
    work: Housework,
    needed?: () => Promise<ReadonlySet<string> | undefined>,
  ): Promise<Expiry>;
}
