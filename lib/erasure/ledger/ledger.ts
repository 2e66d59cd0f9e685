import type { Instant } from '../../policy/time/instant.ts';
import type { Housework } from '../../purge/execute/after-purge.ts';
import type { KeptDecision } from '../events/decisions.ts';
import type { EventSource } from '../events/termination-event.ts';
import type { TerminationType } from '../events/termination-type.ts';
import type { LedgerEntry } from './ledger-entry.ts';

/** An entry as it was read: it can be replaced only as long as nobody else has replaced it. */
export interface ReadEntry {
  readonly entry: LedgerEntry;
  readonly seqNo: number;
  readonly primaryTerm: number;
}

/** One change: the entry as it shall be, and as it was read; `undefined` when there was none. */
export interface Change {
  readonly entry: LedgerEntry;
  readonly read: ReadEntry | undefined;
}

/** Which entries to look for. All that is given must hold. */
export interface LedgerQuery {
  readonly category: string;
  /** Only those of subjects with one of these hashes. */
  readonly hashes?: readonly string[];
  /** Only those under one of these versions of the subject key. */
  readonly keyIds?: readonly string[];
  readonly states?: readonly LedgerEntry['state'][];
  readonly eraseFromUpTo?: Instant;
  /** Only those whose deadline is before this instant. */
  readonly eraseByBefore?: Instant;
  /** Only those of which the bus has not been told that they are overdue. */
  readonly overdueUnsaid?: boolean;
  /** Only those whose receipt has not been issued. */
  readonly receiptDue?: boolean;
  /** Only those with an opening that an earlier version left open; others that it wrote may be among them. */
  readonly unsealed?: boolean;
}

/** Where in a ledger a search ended. Only who gave it knows what it means. */
export interface LedgerPosition {
  readonly after: readonly unknown[];
}

/** What a search of a ledger found. */
export interface FoundEntries {
  readonly entries: readonly ReadEntry[];
  readonly total: number;
  /** Where the search goes on; absent where nothing is behind it. */
  readonly next?: LedgerPosition;
}

/** The erasure ledger: one entry for each category, subject and kind of termination. */
export interface Ledger {
  /** Every category that has a ledger, whatever the policy says of it, as far as the key may see. For a person's commands, not for runs. */
  categories(): Promise<readonly string[]>;
  /** By id, as they are at this moment, refreshed or not. What is not there is left out. */
  read(ids: readonly string[]): Promise<ReadonlyMap<string, ReadEntry>>;
  /**
   * Makes these changes, each on its own, by sequence number. Returns the ids of those that somebody else had changed
   * meanwhile, and that are left as they are.
   */
  write(changes: readonly Change[]): Promise<ReadonlySet<string>>;
  /** Removes these, each only as it was read. Returns the ids of those that somebody else has changed: they stay. */
  remove(reads: readonly ReadEntry[]): Promise<ReadonlySet<string>>;
  /**
   * After a refresh, the most urgent first; at most `limit` (0 only counts), and how many there are in all.
   * @param from where an earlier search ended: what is before it is left out, and counted all the same.
   */
  find(query: LedgerQuery, limit: number, from?: LedgerPosition): Promise<FoundEntries>;
  /**
   * After a refresh, the ids of documents that searches do not find by what they say: one may be indexed otherwise than it reads. Without
   * entries, all that no search for a state finds; otherwise those of these that no search for their own state, hash or key finds. None that was changed
   * since it was read.
   */
  hidden(category: string, entries?: readonly ReadEntry[]): Promise<ReadonlySet<string>>;
  /** After a refresh, under which versions of the subject key open entries of a category are. */
  keyIdsOfOpen(category: string): Promise<readonly string[]>;
  /** After a refresh, since when the termination is known that has been owed longest in a category. */
  oldestOwed(category: string): Promise<Instant | undefined>;
  /**
   * Forgets entries of a category that were closed before the instant, wait for no receipt, and of which no event was heard, or is dated,
   * since. For housekeeping: no run forgets any.
   * @returns how many.
   */
  forget(category: string, before: Instant, work: Housework): Promise<number>;
}

/** An accepted event as it is kept: without identifiers, and never changed. */
export interface KeptEvent {
  /** The same for the same subject, type and instant. */
  readonly id: string;
  readonly type: TerminationType;
  readonly kid: string;
  readonly hash: string;
  /**
   * `<kid>/<hash>` under the older versions of the key: an entry that was there before a rotation stands under one of them.
   * Events of earlier versions of es-retention lack it.
   */
  readonly alsoUnder?: readonly string[];
  readonly at: string;
  readonly immediate: boolean;
  readonly requestId: string;
  readonly heardAt: string;
  /** Absent in events of earlier versions. */
  readonly source?: EventSource;
  /** When it reached us; it may have waited in a queue of ours until it was heard. */
  readonly arrivedAt?: string;
}

/** What an event says of the entries that must have heard it. */
export type RememberedEvent = Omit<KeptEvent, 'requestId'>;

/** An event as a manifest lists it. */
export type ListedEvent = Pick<KeptEvent, 'id' | 'heardAt'>;

/** A document of the event log that searches do not find by what it says. */
export interface HiddenDocument {
  readonly id: string;
  /** What it says. A document of another shape counts as an event that was edited. */
  readonly event: KeptEvent;
  /** What it says, where that is a decision. */
  readonly decision?: KeptDecision;
}

/** Every event that a category has accepted, once. */
export interface EventLog {
  /** @returns whether it was new. */
  keep(event: KeptEvent): Promise<boolean>;
  /** After a refresh, the events that take effect from an instant on, those that were heard last first; at most `limit`. */
  since(at: Instant, limit: number): Promise<readonly RememberedEvent[]>;
  /**
   * After a refresh, the events that are as they were kept, and were heard between two instants, both included; those that were heard first
   * first, at most `limit`.
   * @param to undefined for no end.
   */
  heardBetween(from: Instant, to: Instant | undefined, limit: number): Promise<readonly ListedEvent[]>;
  /** After a refresh, every event that was kept under one of these hashes, whatever the version of the key. */
  about(hashes: readonly string[]): Promise<readonly KeptEvent[]>;
  /** Writes these events and decisions anew, each in place of what stands under its id: what was edited by hand says again what it said. */
  mend(events: readonly (KeptEvent | KeptDecision)[]): Promise<void>;
  /** Removes the events of these ids. */
  remove(ids: readonly string[]): Promise<void>;
  /** After a refresh, how many terminations from a source arrived between two instants, both included. */
  arrived(source: EventSource, from: Instant, to: Instant): Promise<number>;
  /** Writes decisions down; one that is there already stays as it is. No other method returns them as events. */
  decide(decisions: readonly KeptDecision[]): Promise<void>;
  /** After a refresh, every decision about one of these hashes. */
  decisions(hashes: readonly string[]): Promise<readonly KeptDecision[]>;
  /**
   * Before which instant events of this category may be forgotten, the latest that was written down, and is not after `latest`; undefined where none was. After a refresh.
   */
  forgottenBefore(latest: Instant): Promise<Instant | undefined>;
  /** Writes such an instant down beside the events, where there are any; what is there already stays. No method returns it as an event. */
  noteForgotten(before: Instant, now: Instant): Promise<void>;
  /**
   * After a refresh, documents that searches do not find by what they say: one may be indexed otherwise than it reads. All that no search for a
   * kind finds, those of these events that no search for their own kind or hash finds, and those of these ids that are found as no event.
   */
  hidden(known: readonly RememberedEvent[], ids: readonly string[]): Promise<readonly HiddenDocument[]>;
  /** Which of these ids are of no event, as it is at this moment. */
  missing(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Forgets events that were heard, and took effect, before an instant, and decisions about such. For housekeeping: no run forgets any.
   * @returns how many.
   */
  forget(before: Instant, work: Housework): Promise<number>;
}

/** The event log of each category. */
export type EventLogs = (category: string) => EventLog;
