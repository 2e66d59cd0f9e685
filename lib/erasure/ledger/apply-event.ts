import type { TerminationTrigger } from '../../policy/termination-trigger.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { AccountEvent } from '../events/account-event.ts';
import type { Subject } from '../subjects/subject.ts';
import type { SubjectHash } from '../subjects/subject-hash.ts';
import {
  entryId,
  isMalformed,
  isOpen,
  isReopened,
  type LedgerEntry,
  NO_PROGRESS,
  type Obligation,
} from './ledger-entry.ts';
import { newestReinstatement, obligationOf, type Periods, withEvent } from './obligation.ts';
import { withoutProof } from './obligation-proof.ts';

/** An entry without any events. */
export const newEntry = (
  category: string,
  trigger: TerminationTrigger,
  subject: Subject,
  hash: SubjectHash,
): LedgerEntry => ({
  id: entryId(category, trigger, hash),
  category,
  trigger,
  scope: subject.sdkAppId === undefined ? 'account' : 'application',
  subject: hash,
  events: [],
  state: 'cancelled',
  progress: NO_PROGRESS,
  closures: [],
});

/** The entry without its subject's identifiers, and without their proof. */
export const withoutIdentifiers = ({ uin, sdkAppId, ...entry }: LedgerEntry): LedgerEntry =>
  entry.obligation === undefined ? entry : { ...entry, obligation: withoutProof(entry.obligation) };

/** Whether the obligation still applies: there is no reinstatement at or after its termination. */
const stillApplies = ({ obligation, events }: LedgerEntry): boolean =>
  obligation !== undefined && obligation.terminatedAt > newestReinstatement(events);

/**
 * Sets the obligation of an entry. A new obligation starts without progress; the closure of the previous obligation
 * records its result. The entry gets the identifiers of the event, and no others.
 */
const owing = (entry: LedgerEntry, subject: Subject, obligation: Obligation): LedgerEntry => {
  const { uin, sdkAppId, ...unnamed } = entry;
  if (isOpen(entry) && stillApplies(entry)) return { ...unnamed, ...subject, obligation };
  const { closedAt, reinstatedAt, overdueSaidAt, heldSaidAt, held, ...again } = unnamed;
  return { ...again, ...subject, obligation, state: 'pending', progress: NO_PROGRESS };
};

/**
 * The entry after a reinstatement before any erasure. It is the same as without the termination, whatever the order of
 * the events.
 */
const cancelledBefore = (entry: LedgerEntry, now: Instant): LedgerEntry => {
  const { obligation: _, overdueSaidAt, heldSaidAt, held, ...rest } = withoutIdentifiers(entry);
  const last = entry.closures.at(-1);
  if (last === undefined) return { ...rest, state: 'cancelled', progress: NO_PROGRESS, closedAt: now };
  const { state, obligation, progress, closedAt } = last;
  return { ...rest, state, obligation, progress, closedAt };
};

/** The entry after a reinstatement while it was watched: it is closed as erased. */
const closedIfWatched = (entry: LedgerEntry): LedgerEntry => {
  const { watched, ...rest } = withoutIdentifiers(entry);
  if (watched === undefined || rest.obligation === undefined || stillApplies(entry)) return entry;
  const { state, closedAt } = watched;
  const closure = { ...watched, obligation: rest.obligation };
  return { ...rest, state, closedAt, doneThrough: closedAt, closures: [...rest.closures, closure] };
};

/**
 * The entry after a reinstatement during its erasure: documents were or may have been erased, but no count had found
 * that all were gone. It gets no closure; its progress records the erased documents.
 */
const cancelledDuring = (entry: LedgerEntry, now: Instant): LedgerEntry => ({
  ...withoutIdentifiers(entry),
  state: 'cancelled',
  closedAt: now,
});

const closed = (entry: LedgerEntry, now: Instant): LedgerEntry => {
  if (!isOpen(entry)) return { ...entry, closedAt: entry.closedAt ?? now };
  const { documentsErased, claimed = 0 } = entry.progress;
  return documentsErased + claimed > 0 ? cancelledDuring(entry, now) : cancelledBefore(entry, now);
};

const withReinstatement = (entry: LedgerEntry): LedgerEntry => {
  const reinstatedAt = newestReinstatement(entry.events);
  const isLate = entry.obligation !== undefined && reinstatedAt >= entry.obligation.terminatedAt;
  return { ...entry, ...(isLate && { reinstatedAt }) };
};

/** The entry after a reinstatement during a run that had erased nothing. */
export const cancelledUnerased = ({ reinstatedAt, ...entry }: LedgerEntry): LedgerEntry =>
  withReinstatement(cancelledBefore(entry, entry.closedAt ?? 0));

/**
 * Applies an event to an entry. The result does not depend on the order of events or on repetition. A closed entry that
 * owes no new erasure only records the event. A reopened entry keeps its obligation until the erasure is carried out or
 * reinstated. A malformed entry starts again with this event; its older events are in the event log.
 */
export const applyEvent = (
  entry: LedgerEntry,
  { type, at, immediate, requestId, subject }: AccountEvent,
  rule: Periods,
  now: Instant,
): LedgerEntry => {
  const known = isMalformed(entry) ? { ...withoutIdentifiers(entry), state: 'cancelled' as const } : entry;
  const events = withEvent(known.events, { type, at, immediate, requestId, heardAt: now });
  const heard = closedIfWatched({ ...known, events });
  const obligation =
    isReopened(heard) && stillApplies(heard)
      ? heard.obligation
      : obligationOf(events, heard.trigger, rule, heard.doneThrough);
  return obligation === undefined ? withReinstatement(closed(heard, now)) : owing(heard, subject, obligation);
};
