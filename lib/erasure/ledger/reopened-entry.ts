import type { Instant } from '../../policy/time/instant.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';
import type { Subject } from '../subjects/subject.ts';
import { subjectCommitment } from '../subjects/subject-commitment.ts';
import { subjectHash } from '../subjects/subject-hash.ts';
import { entryId, type LedgerEntry, MET_STATES, NO_PROGRESS } from './ledger-entry.ts';
import { newestReinstatement } from './obligation.ts';
import { withProof } from './obligation-proof.ts';
import { provenOpening } from './sealed-opening.ts';

/**
 * Why an entry is not reopened.
 * - `not-closed`: it was not carried out, or was cancelled.
 * - `reinstated`: a reinstatement came after its termination.
 * - `forgotten`: it was closed before the ledger's memory begins.
 * - `unproven`: it is not an entry of this subject, or its closure cannot be proven. Nobody is told which of the two.
 */
export type ReopenRefusal = 'forgotten' | 'not-closed' | 'reinstated' | 'unproven';

/** The conditions for reopening an entry. */
export interface Reopening {
  readonly keys: SubjectKeys;
  readonly now: Instant;
  /** Entries that were closed before this instant may have lost their events. */
  readonly memoryFrom: Instant;
}

/** Whether an entry belongs to a subject, by the key version of its hash. */
const belongsToSubject = (
  { id, category, trigger, scope, subject: hash }: LedgerEntry,
  subject: Subject,
  keys: SubjectKeys,
) => {
  const key = keys.subject.keys.get(hash.kid);
  const isItsHash = key !== undefined && subjectHash(subject, key) === hash.hash;
  return (
    isItsHash && id === entryId(category, trigger, hash) && (subject.sdkAppId === undefined) === (scope === 'account')
  );
};

/**
 * A closed entry that owes its last obligation again, because data of its subject has come back. It takes obligation
 * and dates from its last closure, so the criteria are those of the first erasure. It gets the identifiers again, and a
 * proof. It must never name a subject other than the subject of its hash and of its closure's commitment. It must never
 * owe an erasure that a reinstatement has cancelled. Its events in the event log are not known here.
 * @returns the reason if it is not reopened.
 */
export const reopenedEntry = (
  entry: LedgerEntry,
  subject: Subject,
  { keys, now, memoryFrom }: Reopening,
): LedgerEntry | ReopenRefusal => {
  const last = entry.closures.at(-1);
  if (last === undefined || !MET_STATES.some((state) => state === entry.state)) return 'not-closed';
  const opening = provenOpening(entry, last, keys);
  const isItsClosure = opening !== undefined && subjectCommitment(subject, opening) === last.commitment;
  if (!belongsToSubject(entry, subject, keys) || !isItsClosure) return 'unproven';
  if (newestReinstatement(entry.events) >= last.obligation.terminatedAt) return 'reinstated';
  if ((entry.closedAt ?? 0) < memoryFrom) return 'forgotten';
  // Holds during the first erasure are in the closure of that erasure.
  const { closedAt, overdueSaidAt, reinstatedAt, held, heldSaidAt, ...known } = entry;
  const closures = [...entry.closures.slice(0, -1), { ...last, reopenedAt: now }];
  const { obligation } = last;
  return withProof({ ...known, ...subject, state: 'pending', obligation, progress: NO_PROGRESS, closures }, keys);
};
