import { DAY, HOUR } from '../../policy/time/duration.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import type { TerminationEvent } from '../events/termination-event.ts';
import { TerminationError } from '../intake/termination-error.ts';
import type { EventLog } from '../ledger/ledger.ts';

/** The instant is written down again once it has moved by so much. */
const STEP = 6 * HOUR;

/** No policy forgets what is younger: a later instant in an event log no run wrote, and it counts for nothing. */
const NEVER_FORGOTTEN = 15 * DAY;

/**
 * Before which instant a category's events may be forgotten, as its event log says; undefined where it says nothing that a run can have written.
 * @throws TransientError when the event log does not answer.
 */
export const forgottenBefore = (log: Pick<EventLog, 'forgottenBefore'>, now: Instant): Promise<Instant | undefined> =>
  log.forgottenBefore(now - NEVER_FORGOTTEN);

/**
 * Writes down before which instant a category's events may be forgotten, so that a memory that is lengthened later does not take for
 * remembered what is not. Only ever moves on. Where the event log has nothing yet, nothing can be forgotten.
 * @param memory in force, in milliseconds.
 * @throws TransientError when the event log does not answer.
 */
export const noteForgotten = async (
  log: Pick<EventLog, 'forgottenBefore' | 'noteForgotten'>,
  memory: number,
  now: Instant,
): Promise<void> => {
  const known = await forgottenBefore(log, now);
  if (known === undefined || now - memory >= known + STEP) await log.noteForgotten(now - memory, now);
};

/**
 * Refuses a termination that is older than what is still remembered: a return that followed it may be forgotten.
 * @param before what the category's event log says, see {@link forgottenBefore}.
 * @throws TerminationError `too-long-ago`
 */
export const assertRemembered = (
  { type, at }: Pick<TerminationEvent, 'type' | 'at'>,
  before: Instant | undefined,
  field = 'at',
): void => {
  if (type === 'account-reinstated' || before === undefined || at >= before) return;
  throw new TerminationError('too-long-ago', field, {
    expected: `${field} not to be before ${isoInstant(before)}: what came after it may have been forgotten under a shorter backups of the policy`,
    found: isoInstant(at),
    fix: 'If it still holds, send it again with the instant of now.',
  });
};
