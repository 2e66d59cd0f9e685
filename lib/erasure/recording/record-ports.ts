import type { Clock } from '../../policy/time/instant.ts';
import type { ProveConfirmation } from '../brakes/decisions.ts';
import type { AccountEvent } from '../events/account-event.ts';
import type { EventLogs } from '../events/event-log.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { Subject } from '../subjects/subject.ts';
import type { SubjectHash } from '../subjects/subject-hash.ts';

/** Stores a copy of an accepted event outside the cluster, including identifiers. It is encrypted, and expires. */
type ArchiveEvent = (id: string, event: AccountEvent) => Promise<void>;

export interface RecordPorts {
  readonly ledger: Ledger;
  readonly events: EventLogs;
  readonly archiveEvent: ArchiveEvent;
  /** The subject's hash under every key version, the current one first. */
  readonly hashes: (subject: Subject) => readonly SubjectHash[];
  /** Adds a proof to an entry that owes an erasure, if the previous entry had a proof. */
  readonly withProof: (entry: LedgerEntry, before?: LedgerEntry) => LedgerEntry;
  readonly proveConfirmation: ProveConfirmation;
  /** The maximum number of terminations from one source in an hour. Further terminations are braked. */
  readonly maxPerHour: number;
  readonly clock: Clock;
}
