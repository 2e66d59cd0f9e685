import type { TerminationRule } from '../../policy/rules/rules.ts';
import type { Duration } from '../../policy/time/duration.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { Trigger } from '../../policy/trigger.ts';
import type { HeardEvent, Obligation } from './ledger-entry.ts';

/** The periods of a termination rule. */
export interface Periods {
  readonly cancelWindow: Pick<Duration, 'milliseconds'>;
  readonly deadline: Pick<Duration, 'milliseconds'>;
}

/** The instant of the newest reinstatement; minus infinity when there is none. */
export const newestReinstatement = (events: readonly HeardEvent[]): Instant =>
  events.reduce((newest, { type, at }) => (type === 'account-reinstated' && at > newest ? at : newest), -Infinity);

const isSame = (a: HeardEvent, b: HeardEvent): boolean =>
  a.type === b.type && a.at === b.at && a.immediate === b.immediate;

/** Of two messages about the same, one speaks for both, whichever came first. */
const joined = (a: HeardEvent, b: HeardEvent): HeardEvent => ({
  ...a,
  requestId: a.requestId < b.requestId ? a.requestId : b.requestId,
  heardAt: Math.min(a.heardAt, b.heardAt),
});

/** Every event once, by type and instant, and none that a reinstatement has outdated. */
export const withEvent = (events: readonly HeardEvent[], event: HeardEvent): readonly HeardEvent[] => {
  const all = events.some((each) => isSame(each, event))
    ? events.map((each) => (isSame(each, event) ? joined(each, event) : each))
    : [...events, event];
  const reinstatedAt = newestReinstatement(all);
  // What a reinstatement cancels stays cancelled whatever comes: it can be forgotten, and so can older reinstatements.
  return all
    .filter(({ type, at }) => at > reinstatedAt || (type === 'account-reinstated' && at === reinstatedAt))
    .sort((a, b) => a.at - b.at || Number(b.immediate) - Number(a.immediate));
};

/**
 * What is owed by these events: a pure fold, whatever their order. The newest reinstatement cancels every termination that
 * does not come after it; at equal instants too, since ties spare data. Window and deadline count from the earliest
 * termination after it, so that a sender that repeats itself never moves the deadline. `immediate` on any of them skips the
 * window from that one on.
 * @param doneThrough terminations up to here have been carried out.
 */
export const obligationOf = (
  events: readonly HeardEvent[],
  trigger: Trigger,
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
 * By when an obligation is to be met under the rule in force. A promise that was shortened since holds at once; one that was lengthened
 * moves no deadline that was given.
 */
export const deadlineOf = (
  { eraseBy, terminatedAt }: Pick<Obligation, 'eraseBy' | 'terminatedAt'>,
  { deadline }: TerminationRule,
): Instant => Math.min(eraseBy, terminatedAt + deadline.milliseconds);
