import { DAY, HOUR } from '../policy/duration.ts';
import { type Instant, isoInstant } from '../policy/instant.ts';
import type { EventLog } from './ledger.ts';
import { TerminationError } from './termination-error.ts';
import type { TerminationEvent } from './termination-event.ts';

/** The instant is written down again once it has moved by so much. */
const STEP = 6 * HOUR;

/** No policy forgets what is younger: whoever writes a later instant into an event log can refuse no event of these days. */
const NEVER_FORGOTTEN = 15 * DAY;

/**
 * Writes down before which instant a category's events may be forgotten, so that a memory that is lengthened later does not take for
 * remembered what is not. Only ever moves on. Where the event log has nothing yet, nothing can be forgotten.
 * @param memory in force, in milliseconds.
 * @throws WorldError when the event log does not answer.
 */
export const noteForgotten = async (
  log: Pick<EventLog, 'forgottenBefore' | 'noteForgotten'>,
  memory: number,
  now: Instant,
): Promise<void> => {
  const known = await log.forgottenBefore();
  if (known === undefined || now - memory >= known + STEP) await log.noteForgotten(now - memory, now);
};

/**
 * Refuses a termination that is older than what is still remembered: a return that followed it may be forgotten.
 * @param forgottenBefore what the event logs of the categories say that it concerns.
 * @throws TerminationError `too-long-ago`
 */
export const assertRemembered = (
  { type, at }: Pick<TerminationEvent, 'type' | 'at'>,
  forgottenBefore: readonly (Instant | undefined)[],
  now: Instant,
  field = 'at',
): void => {
  if (type === 'account-reinstated') return;
  const from = Math.max(...forgottenBefore.map((before) => Math.min(before ?? -Infinity, now - NEVER_FORGOTTEN)));
  if (at >= from) return;
  throw new TerminationError('too-long-ago', field, {
    expected: `${field} not to be before ${isoInstant(from)}: what came after it may have been forgotten under a shorter backups of the policy`,
    found: isoInstant(at),
    wayOut: 'If it still holds, send it again with the instant of now.',
  });
};
