import type { TerminationRule } from '../../policy/rules/rules.ts';
import type { TerminationTrigger } from '../../policy/termination-trigger.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { newEntry, withoutIdentifiers } from '../ledger/apply-event.ts';
import { doneThroughClosures } from '../ledger/done-through.ts';
import { type HeardEvent, type LedgerEntry, NO_PROGRESS } from '../ledger/ledger-entry.ts';
import { newestReinstatement, obligationOf, withEvent } from '../ledger/obligation.ts';
import type { Subject } from '../subjects/subject.ts';
import type { SubjectHash } from '../subjects/subject-hash.ts';

/** The sources of a rebuilt entry: its id, which nobody can edit, and its events. */
export interface EntryOrigin {
  readonly category: string;
  readonly trigger: TerminationTrigger;
  readonly hash: SubjectHash;
  /** The subject that the hash stands for; undefined if unknown. */
  readonly subject: Subject | undefined;
  readonly events: readonly HeardEvent[];
}

const owing = (
  base: LedgerEntry,
  altered: LedgerEntry,
  { events, trigger, subject }: EntryOrigin,
  rule: TerminationRule,
) => {
  const obligation = obligationOf(events, trigger, rule, base.doneThrough);
  if (obligation === undefined || subject === undefined) return undefined;
  const isSame = altered.state === 'erasing' && altered.obligation?.terminatedAt === obligation.terminatedAt;
  const begun = isSame ? { state: 'erasing' as const, progress: altered.progress } : { state: 'pending' as const };
  return { ...base, ...subject, obligation, ...begun };
};

const owingNothing = (base: LedgerEntry, events: readonly HeardEvent[], now: Instant): LedgerEntry => {
  const last = base.closures.at(-1);
  if (last === undefined) return { ...base, closedAt: now };
  const { state, obligation, progress, closedAt } = last;
  const reinstatedAt = newestReinstatement(events);
  const isLate = reinstatedAt >= obligation.terminatedAt;
  return { ...base, state, obligation, progress, closedAt, ...(isLate && { reinstatedAt }) };
};

/**
 * Rebuilds an altered entry from its events. Keeps only its closures, and the progress of the erasure for the same
 * termination. The entry must never name an account other than the account of its hash.
 * @returns undefined if its events owe an erasure, but the subject is unknown.
 */
export const restoredEntry = (
  altered: LedgerEntry,
  origin: EntryOrigin,
  rule: TerminationRule,
  now: Instant,
): LedgerEntry | undefined => {
  const { category, trigger, hash, subject } = origin;
  const scoped = subject ?? (altered.scope === 'application' ? { uin: '', sdkAppId: '' } : { uin: '' });
  const { closures } = altered;
  const doneThrough = doneThroughClosures({ trigger, closures });
  const events = origin.events.reduce<readonly HeardEvent[]>(withEvent, []);
  const base: LedgerEntry = {
    ...withoutIdentifiers(newEntry(category, trigger, scoped, hash)),
    events,
    closures,
    progress: NO_PROGRESS,
    ...(doneThrough !== undefined && { doneThrough }),
  };
  const open = owing(base, altered, { ...origin, events }, rule);
  if (open !== undefined) return open;
  const isOwed = obligationOf(events, trigger, rule, doneThrough) !== undefined;
  return isOwed ? undefined : owingNothing(base, events, now);
};
