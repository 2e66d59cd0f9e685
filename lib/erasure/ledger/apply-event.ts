import type { Instant } from '../../policy/time/instant.ts';
import type { Trigger } from '../../policy/trigger.ts';
import type { TerminationEvent } from '../events/termination-event.ts';
import type { Subject } from '../events/termination-type.ts';
import type { SubjectHash } from '../subjects/subject-hash.ts';
import { entryId, isMalformed, isOpen, type LedgerEntry, NO_PROGRESS, type Obligation } from './ledger-entry.ts';
import { newestReinstatement, obligationOf, type Periods, withEvent } from './obligation.ts';
import { withoutProof } from './obligation-proof.ts';

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

/** The entry without what names its subject, and without the proof of that. */
export const withoutIdentifiers = ({ uin: _, sdkAppId: __, ...entry }: LedgerEntry): LedgerEntry =>
  entry.obligation === undefined ? entry : { ...entry, obligation: withoutProof(entry.obligation) };

/** What was owed is still owed: no reinstatement has outdated the termination that it counts from. */
const goesOn = ({ obligation, events }: LedgerEntry): boolean =>
  obligation !== undefined && obligation.terminatedAt > newestReinstatement(events);

/** A new obligation begins anew: what was done for the one before it is in its closure. It names whom the event names, and nobody beside. */
const owing = (entry: LedgerEntry, subject: Subject, obligation: Obligation): LedgerEntry => {
  const { uin: _, sdkAppId: __, ...unnamed } = entry;
  if (isOpen(entry) && goesOn(entry)) return { ...unnamed, ...subject, obligation };
  const { closedAt: ___, reinstatedAt: ____, overdueSaidAt: _____, ...again } = unnamed;
  return { ...again, ...subject, obligation, state: 'pending', progress: NO_PROGRESS };
};

/** Taken back before anything was erased: then it is as if it had never been owed, in whatever order one hears it. */
const takenBack = (entry: LedgerEntry, now: Instant): LedgerEntry => {
  const { obligation: _, overdueSaidAt: __, ...rest } = withoutIdentifiers(entry);
  const last = entry.closures.at(-1);
  if (last === undefined) return { ...rest, state: 'cancelled', progress: NO_PROGRESS, closedAt: now };
  const { state, obligation, progress, closedAt } = last;
  return { ...rest, state, obligation, progress, closedAt };
};

/** Reinstated after erasure, but before the recheck: the erasure counts. */
const closedIfWatched = (entry: LedgerEntry): LedgerEntry => {
  const { watched, ...rest } = withoutIdentifiers(entry);
  if (watched === undefined || rest.obligation === undefined || goesOn(entry)) return entry;
  const { state, closedAt } = watched;
  const closure = { ...watched, obligation: rest.obligation };
  return { ...rest, state, closedAt, doneThrough: closedAt, closures: [...rest.closures, closure] };
};

/**
 * Reinstated after a run had begun with the erasure: documents were erased, or may have been, and nobody had found that all were. No closure
 * says so; the entry does.
 */
const takenBackLate = (entry: LedgerEntry, now: Instant): LedgerEntry => ({
  ...withoutIdentifiers(entry),
  state: 'cancelled',
  closedAt: now,
});

const closed = (entry: LedgerEntry, now: Instant): LedgerEntry => {
  if (!isOpen(entry)) return { ...entry, closedAt: entry.closedAt ?? now };
  const { documentsErased, claimed = 0 } = entry.progress;
  return documentsErased + claimed > 0 ? takenBackLate(entry, now) : takenBack(entry, now);
};

const withReturn = (entry: LedgerEntry): LedgerEntry => {
  const reinstatedAt = newestReinstatement(entry.events);
  const isLate = entry.obligation !== undefined && reinstatedAt >= entry.obligation.terminatedAt;
  return { ...entry, ...(isLate && { reinstatedAt }) };
};

/** An entry that was taken back while a run was at work, once it is known that nothing of it had been erased. */
export const takenBackUnerased = ({ reinstatedAt: _, ...entry }: LedgerEntry): LedgerEntry =>
  withReturn(takenBack(entry, entry.closedAt ?? 0));

/**
 * What an event makes of an entry: pure, and the same whatever the order in which events come and however often. A closed
 * entry that owes nothing new only remembers the event. One that is malformed begins anew with it; its older events are in the event log.
 */
export const applyEvent = (
  entry: LedgerEntry,
  { type, at, immediate, requestId, subject }: TerminationEvent,
  rule: Periods,
  now: Instant,
): LedgerEntry => {
  const known = isMalformed(entry) ? { ...withoutIdentifiers(entry), state: 'cancelled' as const } : entry;
  const events = withEvent(known.events, { type, at, immediate, requestId, heardAt: now });
  const heard = closedIfWatched({ ...known, events });
  const obligation = obligationOf(events, heard.trigger, rule, heard.doneThrough);
  return obligation === undefined ? withReturn(closed(heard, now)) : owing(heard, subject, obligation);
};
