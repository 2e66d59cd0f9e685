import type { TerminationRule } from '../../policy/rules/rules.ts';
import type { TerminationTrigger } from '../../policy/termination-trigger.ts';
import type { Duration } from '../../policy/time/duration.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { HeardEvent, Obligation } from './ledger-entry.ts';

export interface Periods {
  readonly cancelWindow: Pick<Duration, 'milliseconds'>;
  readonly deadline: Pick<Duration, 'milliseconds'>;
}

/** The instant of the newest reinstatement; minus infinity if there is none. */
export const newestReinstatement = (events: readonly HeardEvent[]): Instant =>
  events.reduce((newest, { type, at }) => (type === 'account-reinstated' && at > newest ? at : newest), -Infinity);

const isSame = (a: HeardEvent, b: HeardEvent): boolean =>
  a.type === b.type && a.at === b.at && a.immediate === b.immediate;

/** Joins two messages about the same event into one, independent of their order. */
const joined = (a: HeardEvent, b: HeardEvent): HeardEvent => ({
  ...a,
  requestId: a.requestId < b.requestId ? a.requestId : b.requestId,
  heardAt: Math.min(a.heardAt, b.heardAt),
});

/** Adds an event. Each event is kept once, by type and instant. */
export const withEvent = (events: readonly HeardEvent[], event: HeardEvent): readonly HeardEvent[] => {
  const all = events.some((each) => isSame(each, event))
    ? events.map((each) => (isSame(each, event) ? joined(each, event) : each))
    : [...events, event];
  const reinstatedAt = newestReinstatement(all);
  // Events that the newest reinstatement cancels stay cancelled, so they can be left out. Older reinstatements can be
  // left out too.
  return all
    .filter(({ type, at }) => at > reinstatedAt || (type === 'account-reinstated' && at === reinstatedAt))
    .sort((a, b) => a.at - b.at || Number(b.immediate) - Number(a.immediate));
};

/**
 * Computes the owed erasure from events, whatever their order. The newest reinstatement cancels every termination at
 * the same instant or earlier; a tie protects the data. Cancel window and deadline count from the earliest termination
 * after that reinstatement, so that repeated messages do not move the deadline. If one of the terminations is
 * `immediate`, the window ends at this termination.
 * @param doneThrough terminations up to this instant have been carried out.
 */
export const obligationOf = (
  events: readonly HeardEvent[],
  trigger: TerminationTrigger,
  { cancelWindow, deadline }: Periods,
  doneThrough: Instant = -Infinity,
): Obligation | undefined => {
  const since = Math.max(newestReinstatement(events), doneThrough);
  const owed = events.filter(({ type, at }) => type === trigger && at > since);
  const [first] = owed.toSorted((a, b) => a.at - b.at);
  if (first === undefined) return undefined;
  const immediateAt = owed.filter(({ immediate }) => immediate).map(({ at }) => at);
  const eraseFrom = Math.min(first.at + cancelWindow.milliseconds, ...immediateAt);
  return {
    requestId: first.requestId,
    heardAt: first.heardAt,
    terminatedAt: first.at,
    eraseFrom,
    eraseBy: first.at + deadline.milliseconds,
    immediate: immediateAt.length > 0,
  };
};

/**
 * The deadline of an obligation under the rule in force. A shortened promise applies at once. A lengthened promise does
 * not move an existing deadline.
 */
export const deadlineOf = (
  { eraseBy, terminatedAt }: Pick<Obligation, 'eraseBy' | 'terminatedAt'>,
  { deadline }: TerminationRule,
): Instant => Math.min(eraseBy, terminatedAt + deadline.milliseconds);
