import { TRIGGERS } from '../../policy/termination-trigger.ts';
import { DAY, describeDuration, MINUTE } from '../../policy/time/duration.ts';
import { type Instant, isoInstant, parseInstant } from '../../policy/time/instant.ts';
import { AccountEventError, kindOf } from './account-event-error.ts';

/** The types of terminations, and the type of a reinstatement. */
export const ACCOUNT_EVENT_TYPES = [...TRIGGERS, 'account-reinstated'] as const;

export type AccountEventType = (typeof ACCOUNT_EVENT_TYPES)[number];

/** The instants between which an event may take effect. */
export interface EventBounds {
  readonly now: Instant;
  /** How long the ledger remembers, in milliseconds. A reinstatement older than that may have been forgotten. */
  readonly memory: number;
}

const FARTHEST_AHEAD = 366 * DAY;
/**
 * The maximum difference of two clocks. A reinstatement dated further ahead would cancel every termination until that
 * date.
 */
const REINSTATEMENT_AHEAD = 5 * MINUTE;

/**
 * How far in the future an event may take effect.
 * @returns milliseconds.
 */
export const farthestAhead = (type: AccountEventType): number =>
  type === 'account-reinstated' ? REINSTATEMENT_AHEAD : FARTHEST_AHEAD;

/** Whether an event takes effect so far in the future that it is refused everywhere. */
export const isTooFarAhead = (type: AccountEventType, at: Instant, now: Instant): boolean =>
  at > now + farthestAhead(type);

const readInstant = (value: unknown, field: string): Instant => {
  const instant = typeof value === 'string' ? parseInstant(value) : undefined;
  if (instant !== undefined) return instant;
  throw new AccountEventError('bad-termination', field, {
    expected: `${field} to be an ISO 8601 instant with its zone, such as 2026-11-24T09:00:00Z`,
    found: kindOf(value),
    fix: 'Write date, time and zone.',
  });
};

/**
 * Reads the instant at which an event takes effect.
 * @throws AccountEventError `bad-termination`, `too-long-ago`, `too-far-ahead`
 */
export const readEffectiveAt = (
  value: unknown,
  field: string,
  type: AccountEventType,
  { now, memory }: EventBounds,
): Instant => {
  const at = readInstant(value, field);
  if (at < now - memory)
    throw new AccountEventError('too-long-ago', field, {
      expected: `${field} to be at most ${describeDuration(memory)} ago`,
      found: isoInstant(at),
      fix: 'Later events may have been forgotten. If this event is still true, send it again with the current time.',
    });
  if (isTooFarAhead(type, at, now))
    throw new AccountEventError('too-far-ahead', field, {
      expected: `${field} to be at most ${describeDuration(farthestAhead(type))} ahead`,
      found: isoInstant(at),
      fix:
        type === 'account-reinstated'
          ? 'Send the reinstatement when it takes effect, with the current time.'
          : 'Send it closer to that day.',
    });
  return at;
};

/**
 * Reads the flag `immediate`.
 * @throws AccountEventError `bad-termination`
 */
export const readImmediate = (value: unknown, field: string, mayBeTrue: boolean): boolean => {
  if (value === undefined || value === false) return false;
  if (value === true && mayBeTrue) return true;
  throw new AccountEventError('bad-termination', field, {
    expected: `${field} to be true or false, and true only for a termination`,
    found: value === true ? 'true for a reinstatement' : kindOf(value),
    fix: 'Leave it out, unless you want to skip the cancel window.',
  });
};
