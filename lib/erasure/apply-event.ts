import type { Instant } from '../policy/instant.ts';
import type { TerminationRule, Trigger } from '../policy/retention-policy.ts';
import { entryId, type HeardEvent, isOpen, type LedgerEntry, NO_PROGRESS } from './ledger-entry.ts';
import { obligationOf, withEvent } from './obligation.ts';
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

const latestReinstatement = (events: readonly HeardEvent[]): Instant | undefined =>
  events.findLast(({ type }) => type === 'account-reinstated')?.at;

/** A new obligation begins anew: what was done for the one before it is in its closure. */
const owing = (
  entry: LedgerEntry,
  events: readonly HeardEvent[],
  subject: Subject,
  rule: TerminationRule,
): LedgerEntry => {
  const obligation = obligationOf(events, entry.trigger, rule, entry.doneThrough);
  if (obligation === undefined) throw new Error('an entry without an obligation owes nothing');
  if (isOpen(entry)) return { ...entry, ...subject, events, obligation };
  const { closedAt: _, reinstatedAt: __, overdueSaidAt: ___, ...again } = entry;
  return { ...again, ...subject, events, obligation, state: 'pending', progress: NO_PROGRESS };
};

const owingNothing = (entry: LedgerEntry, events: readonly HeardEvent[], now: Instant): LedgerEntry => {
  if (isOpen(entry)) return { ...withoutIdentifiers(entry), events, state: 'cancelled', closedAt: now };
  const reinstatedAt = latestReinstatement(events);
  const isLate =
    reinstatedAt !== undefined && entry.state !== 'cancelled' && reinstatedAt >= (entry.obligation?.terminatedAt ?? 0);
  return { ...entry, events, ...(isLate && { reinstatedAt }), closedAt: entry.closedAt ?? now };
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
  return obligationOf(events, entry.trigger, rule, entry.doneThrough) === undefined
    ? owingNothing(entry, events, now)
    : owing(entry, events, subject, rule);
};
