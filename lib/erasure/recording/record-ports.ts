import type { Instant } from '../../policy/time/instant.ts';
import type { ProveConfirmation } from '../events/decisions.ts';
import type { TerminationEvent } from '../events/termination-event.ts';
import type { Subject } from '../events/termination-type.ts';
import type { EventLogs, Ledger } from '../ledger/ledger.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { SubjectHash } from '../subjects/subject-hash.ts';

/** Keeps a copy of an accepted event outside the cluster, identifiers included: encrypted, and expiring. */
type ArchiveEvent = (id: string, event: TerminationEvent) => Promise<void>;

/** What recording an event needs. */
export interface RecordPorts {
  readonly ledger: Ledger;
  readonly events: EventLogs;
  readonly archiveEvent: ArchiveEvent;
  /** The subject's hash under every version of the key, the current one first. */
  readonly hashes: (subject: Subject) => readonly SubjectHash[];
  /** Adds the proof of what it says to an entry, where it owes anything, as far as the entry of before had one. */
  readonly withProof: (entry: LedgerEntry, before?: LedgerEntry) => LedgerEntry;
  readonly proveConfirmation: ProveConfirmation;
  /** So many terminations are taken in an hour from one source; what comes beyond is braked. */
  readonly maxPerHour: number;
  readonly clock: () => Instant;
}
