import { HOUR, MINUTE } from '../../policy/time/duration.ts';
import { type Instant, parseInstant } from '../../policy/time/instant.ts';
import { braked, brakeOn, brakeStatus, confirmationOf, released } from '../brakes/decisions.ts';
import type { AccountEvent } from '../events/account-event.ts';
import { eventId } from '../events/event-id.ts';
import type { EventLog, KeptDecision } from '../events/event-log.ts';
import { isOpen, type LedgerEntry } from '../ledger/ledger-entry.ts';
import type { RecordPorts } from './record-ports.ts';

/** The clocks of functions that record messages at the same time may differ by this much. */
const CLOCK_DIFFERENCE = MINUTE;

/** Whether an event gives an entry a new obligation, or an earlier date. */
const owesMore = (before: LedgerEntry, { obligation }: LedgerEntry): boolean =>
  !isOpen(before) ||
  before.obligation === undefined ||
  obligation === undefined ||
  obligation.terminatedAt < before.obligation.terminatedAt ||
  obligation.eraseFrom < before.obligation.eraseFrom;

/** An event that is in the event log of its category. */
export interface Logged {
  readonly event: AccountEvent;
  /** Whether the event was in the log before. */
  readonly isKnown: boolean;
}

/** When an event first reached us. For a repeated message, the event log tells. */
const arrivalOf = async (
  { event, isKnown }: Logged,
  { subject }: LedgerEntry,
  log: EventLog,
): Promise<Instant | undefined> => {
  if (!isKnown) return event.arrivedAt;
  const kept = (await log.about([subject.hash])).find(({ id }) => id === eventId(subject, event));
  return (kept?.arrivedAt && parseInstant(kept.arrivedAt)) || event.arrivedAt;
};

/**
 * Whether more terminations came from the same source in the last hour than the policy allows. Counts by the times of
 * arrival, not by the dates that the sender states.
 */
const isTooMany = async (logged: Logged, entry: LedgerEntry, log: EventLog, maxPerHour: number): Promise<boolean> => {
  const { source } = logged.event;
  if (source !== 'webhook' && source !== 'bus') return false;
  const arrivedAt = await arrivalOf(logged, entry, log);
  if (arrivedAt === undefined) return false;
  const [arrived = 0] = await log.arrived(source, [{ from: arrivedAt - HOUR, to: arrivedAt + CLOCK_DIFFERENCE }]);
  return arrived > maxPerHour;
};

const decide = async (log: EventLog, decision: KeptDecision | undefined): Promise<void> => {
  if (decision !== undefined) await log.decide([decision]);
};

/**
 * Decides whether an entry that has just received a termination is braked. The event is already in the log, so that
 * simultaneous messages together cannot exceed the limit. The decision is written before the entry. Recording is never
 * limited, and reinstatements are never braked. A termination by a person counts as confirmed.
 * @param before the entry before the event.
 * @param after the entry after the event.
 * @throws TransientError if the event log does not answer.
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
