import { HOUR, MINUTE } from '../../policy/time/duration.ts';
import { type Instant, parseInstant } from '../../policy/time/instant.ts';
import { braked, brakeOn, brakeStatus, confirmationOf, type KeptDecision, released } from '../events/decisions.ts';
import { eventId } from '../events/event-id.ts';
import type { TerminationEvent } from '../events/termination-event.ts';
import type { EventLog } from '../ledger/ledger.ts';
import { isOpen, type LedgerEntry } from '../ledger/ledger-entry.ts';
import type { RecordPorts } from '../recording/record-ports.ts';

/** Functions that hear messages at the same time have clocks that differ a little. */
const AT_ONCE = MINUTE;

/** Whether an event lets an entry owe what it did not owe before, or sooner. */
const owesMore = (before: LedgerEntry, { obligation }: LedgerEntry): boolean =>
  !isOpen(before) ||
  before.obligation === undefined ||
  obligation === undefined ||
  obligation.terminatedAt < before.obligation.terminatedAt ||
  obligation.eraseFrom < before.obligation.eraseFrom;

/** An event that is in the log of its category. */
export interface Logged {
  readonly event: TerminationEvent;
  /** It was there before. */
  readonly isKnown: boolean;
}

/** When an event reached us first: of one that comes again, the log says so. */
const arrivalOf = async (
  { event, isKnown }: Logged,
  { subject }: LedgerEntry,
  log: EventLog,
): Promise<Instant | undefined> => {
  if (!isKnown) return event.arrivedAt;
  const kept = (await log.about([subject.hash])).find(({ id }) => id === eventId(subject, event));
  return (kept?.arrivedAt && parseInstant(kept.arrivedAt)) || event.arrivedAt;
};

/** Whether more came from the same source in the hour before than the policy allows. The sender's own dates do not count. */
const isTooMany = async (logged: Logged, entry: LedgerEntry, log: EventLog, maxPerHour: number): Promise<boolean> => {
  const { source } = logged.event;
  if (source !== 'webhook' && source !== 'bus') return false;
  const arrivedAt = await arrivalOf(logged, entry, log);
  if (arrivedAt === undefined) return false;
  return (await log.arrived(source, arrivedAt - HOUR, arrivedAt + AT_ONCE)) > maxPerHour;
};

const decide = async (log: EventLog, decision: KeptDecision | undefined): Promise<void> => {
  if (decision !== undefined) await log.decide([decision]);
};

/**
 * Decides whether an entry that has just heard a termination is braked. The event is in the log by now, so that of messages that
 * come at once no more than the policy allows can pass. The decision is written before the entry. Recording is never limited, and
 * a return is never braked. A person who terminates confirms by that.
 * @param before the entry as it was.
 * @param after the entry as the event left it.
 * @throws TransientError when the event log does not answer.
 */
export const brakeArrival = async (
  before: LedgerEntry,
  after: LedgerEntry,
  logged: Logged,
  { events, maxPerHour, proveConfirmation, clock }: RecordPorts,
): Promise<LedgerEntry> => {
  const { event } = logged;
  if (!isOpen(after) || event.type === 'account-reinstated') return after;
  const log = events(after.category);
  if (event.source === 'person') {
    await decide(log, confirmationOf(after, proveConfirmation, clock()));
    return after.state === 'braked' ? released(after) : after;
  }
  if (!owesMore(before, after)) return after;
  const status = brakeStatus(after, await log.decisions([after.subject.hash]), proveConfirmation);
  if (status === 'confirmed') return after;
  if (status === 'free' && !(await isTooMany(logged, after, log, maxPerHour))) return after;
  await decide(log, brakeOn(after, 'rate', proveConfirmation, clock()));
  return braked(after);
};
