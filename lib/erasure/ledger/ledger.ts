import type { Instant } from '../../policy/time/instant.ts';
import type { RemovalMode } from '../../purge/report/report.ts';
import type { KeptDecision } from '../events/decisions.ts';
import type { EventSource } from '../events/termination-event.ts';
import type { TerminationType } from '../events/termination-type.ts';
import type { LedgerEntry } from './ledger-entry.ts';

/** An entry as it was read. It can be replaced only if nobody else has replaced it since. */
export interface ReadEntry {
  readonly entry: LedgerEntry;
  readonly seqNo: number;
  readonly primaryTerm: number;
}

/** One change: the new entry, and the old one as it was read; `undefined` if there was none. */
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
  readonly overdueUnsaid?: boolean;
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
   * Makes these changes, each independently, by sequence number.
   * @returns the ids of entries that somebody else had changed meanwhile. They are left unchanged.
   */
  write(changes: readonly Change[]): Promise<ReadonlySet<string>>;
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
   * @param entries absent: all documents that no search for a state finds. Given: those of them that no search for
   *   their own state, hash or key finds.
   * @returns the ids of the documents.
   */
  hidden(category: string, entries?: readonly ReadEntry[]): Promise<ReadonlySet<string>>;
  /** The versions of the subject key that open entries of a category use, after a refresh. */
  keyIdsOfOpen(category: string): Promise<readonly string[]>;
  /** When the termination was recorded that a category has owed for the longest time, after a refresh. */
  oldestOwed(category: string): Promise<Instant | undefined>;
  /**
   * Removes entries of a category that were closed before the instant, unless they wait for a receipt or an event was
   * recorded or is dated since. For housekeeping only.
   * @returns the number of entries.
   */
  removeOld(category: string, before: Instant, work: RemovalMode): Promise<number>;
}

/** An accepted event in the event log: without identifiers, and never changed. */
export interface KeptEvent {
  /** The same subject, type and instant always have the same id. */
  readonly id: string;
  readonly type: TerminationType;
  readonly kid: string;
  readonly hash: string;
  /**
   * `<kid>/<hash>` under the older key versions: an entry from before a rotation uses one of them. Absent in events of
   * earlier versions of es-retention.
   */
  readonly alsoUnder?: readonly string[];
  readonly at: string;
  readonly immediate: boolean;
  readonly requestId: string;
  readonly heardAt: string;
  /** Absent in events of earlier versions. */
  readonly source?: EventSource;
  /** When it reached us. It may have waited in one of our queues before it was recorded. */
  readonly arrivedAt?: string;
}

/** The parts of an event that are compared with entries. */
export type RememberedEvent = Omit<KeptEvent, 'requestId'>;

/** An event as a manifest lists it. */
export type ListedEvent = Pick<KeptEvent, 'id' | 'heardAt'>;

/** A document of the event log that searches do not find by its content. */
export interface HiddenDocument {
  readonly id: string;
  /** Its content. A document of another shape counts as an edited event. */
  readonly event: KeptEvent;
  /** Its content if it is a decision. */
  readonly decision?: KeptDecision;
}

/** Every event that a category has accepted, once each. */
export interface EventLog {
  /**
   * Adds an event.
   * @returns whether it was new.
   */
  keep(event: KeptEvent): Promise<boolean>;
  /**
   * The events that take effect at or after an instant, the most recently recorded first. Searches after a refresh.
   * @param limit maximum number of events.
   */
  since(at: Instant, limit: number): Promise<readonly RememberedEvent[]>;
  /**
   * The events recorded between two instants (both included), the earliest first, without edited ones. Searches after a
   * refresh.
   * @param to undefined for no end.
   * @param limit maximum number of events.
   */
  heardBetween(from: Instant, to: Instant | undefined, limit: number): Promise<readonly ListedEvent[]>;
  /** Every event recorded under one of these hashes, whatever the key version. Searches after a refresh. */
  about(hashes: readonly string[]): Promise<readonly KeptEvent[]>;
  /** Overwrites the documents with these ids, to restore events and decisions that were edited by hand. */
  mend(events: readonly (KeptEvent | KeptDecision)[]): Promise<void>;
  /** Removes the events with these ids. */
  remove(ids: readonly string[]): Promise<void>;
  /**
   * The number of terminations from a source that arrived between two instants, both included. Searches after a
   * refresh.
   */
  arrived(source: EventSource, from: Instant, to: Instant): Promise<number>;
  /** Adds decisions; existing ones stay unchanged. No other method returns decisions as events. */
  decide(decisions: readonly KeptDecision[]): Promise<void>;
  /** Every decision about one of these hashes. Searches after a refresh. */
  decisions(hashes: readonly string[]): Promise<readonly KeptDecision[]>;
  /**
   * The latest recorded instant before which events of this category may be forgotten. Instants after `latest` are
   * ignored. Undefined if there is none. Searches after a refresh.
   */
  removedBefore(latest: Instant): Promise<Instant | undefined>;
  /**
   * Records such an instant beside the events, if there are any events. Existing ones stay unchanged. No method returns
   * it as an event.
   */
  noteRemoved(before: Instant, now: Instant): Promise<void>;
  /**
   * Finds documents that searches do not find by their content, because they may be indexed with other values. Searches
   * after a refresh.
   * @param known events to check: those that no search for their own kind or hash finds are returned.
   * @param ids of events to check: those that no search finds as an event are returned.
   * @returns these documents, and all that no search for a kind finds.
   */
  hidden(known: readonly RememberedEvent[], ids: readonly string[]): Promise<readonly HiddenDocument[]>;
  /** The ids among these that currently are not those of an event. */
  missing(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Removes events that were recorded and took effect before an instant, and decisions about them. For housekeeping
   * only.
   * @returns the number of documents.
   */
  removeOld(before: Instant, work: RemovalMode): Promise<number>;
}

/** Returns the event log of a category. */
export type EventLogs = (category: string) => EventLog;
