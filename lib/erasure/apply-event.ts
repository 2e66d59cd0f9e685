import type { Instant } from '../policy/instant.ts';
import type { TerminationRule, Trigger } from '../policy/retention-policy.ts';
import { entryId, type HeardEvent, isOpen, type LedgerEntry, NO_PROGRESS, type Obligation } from './ledger-entry.ts';
import { newestReinstatement, obligationOf, withEvent } from './obligation.ts';
import type { SubjectHash } from './subject-hash.ts';
import type { Subject, TerminationEvent } from './termination-event.ts';

/** An entry of which nothing has been heard. */
export const newEntry = (category: string, trigger: Trigger, subject: Subject, hash: SubjectHash): LedgerEntry => ({
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

/** The entry without what names its subject. */
export const withoutIdentifiers = ({ uin: _, sdkAppId: __, ...entry }: LedgerEntry): LedgerEntry => entry;

/** What was owed is still owed: no reinstatement has outdated the termination that it counts from. */
const goesOn = ({ obligation }: LedgerEntry, events: readonly HeardEvent[]): boolean =>
  obligation !== undefined && obligation.terminatedAt > newestReinstatement(events);

/**
 * An erasure that has begun goes on. What was counted for another instant than the one that now divides what is owed from new
 * use says nothing of this one.
 */
const goingOn = ({ progress, ...entry }: LedgerEntry, obligation: Obligation): LedgerEntry => {
  const { claimed: _, ...unclaimed } = progress;
  const isMoved = entry.trigger === 'feature-terminated' && entry.obligation?.terminatedAt !== obligation.terminatedAt;
  return { ...entry, obligation, progress: isMoved ? unclaimed : progress };
};

/** A new obligation begins anew: what was done for the one before it is in its closure. */
const owing = (
  entry: LedgerEntry,
  events: readonly HeardEvent[],
  subject: Subject,
  obligation: Obligation,
): LedgerEntry => {
  if (isOpen(entry) && goesOn(entry, events)) return goingOn({ ...entry, ...subject, events }, obligation);
  const { closedAt: _, reinstatedAt: __, overdueSaidAt: ___, ...again } = entry;
  return { ...again, ...subject, events, obligation, state: 'pending', progress: NO_PROGRESS };
};

/** Taken back before anything was erased: then it is as if it had never been owed, in whatever order one hears it. */
const takenBack = (entry: LedgerEntry, now: Instant): LedgerEntry => {
  const { obligation: _, overdueSaidAt: __, ...rest } = withoutIdentifiers(entry);
  const last = entry.closures.at(-1);
  if (last === undefined) return { ...rest, state: 'cancelled', progress: NO_PROGRESS, closedAt: now };
  const { state, obligation, progress, closedAt } = last;
  return { ...rest, state, obligation, progress, closedAt };
};

/** Taken back when documents had been erased, and not yet found to be all: no closure says so, and the entry does. */
const takenBackLate = (entry: LedgerEntry, now: Instant): LedgerEntry => ({
  ...withoutIdentifiers(entry),
  state: 'cancelled',
  closedAt: now,
});

const closed = (entry: LedgerEntry, now: Instant): LedgerEntry => {
  if (!isOpen(entry)) return { ...entry, closedAt: entry.closedAt ?? now };
  return entry.progress.documentsErased > 0 ? takenBackLate(entry, now) : takenBack(entry, now);
};

const owingNothing = (heard: LedgerEntry, now: Instant): LedgerEntry => {
  const entry = closed(heard, now);
  const reinstatedAt = newestReinstatement(entry.events);
  const isLate = entry.obligation !== undefined && reinstatedAt >= entry.obligation.terminatedAt;
  return { ...entry, ...(isLate && { reinstatedAt }) };
};

/**
 * What an event makes of an entry: pure, and the same whatever the order in which events come and however often. A closed
 * entry that owes nothing new only remembers the event.
 */
export const applyEvent = (
  entry: LedgerEntry,
  { type, at, immediate, requestId, subject }: TerminationEvent,
  rule: TerminationRule,
  now: Instant,
): LedgerEntry => {
  const events = withEvent(entry.events, { type, at, immediate, requestId, heardAt: now });
  const obligation = obligationOf(events, entry.trigger, rule, entry.doneThrough);
  return obligation === undefined ? owingNothing({ ...entry, events }, now) : owing(entry, events, subject, obligation);
};
