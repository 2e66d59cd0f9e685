import { DAY, HOUR } from '../../policy/time/duration.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import type { AccountEvent } from './account-event.ts';
import { AccountEventError } from './account-event-error.ts';
import type { EventLog } from './event-log.ts';

/** The instant is recorded again after it has moved by this much. */
const STEP = 6 * HOUR;

/**
 * Every policy remembers at least this long. A more recent instant in an event log does not come from a run, and is
 * ignored.
 */
const NEVER_REMOVED = 15 * DAY;

/**
 * The instant before which events of a category may have been forgotten, from its event log. Undefined if it has no
 * instant that a run can have written.
 * @throws TransientError if the event log does not answer.
 */
export const removedBefore = (log: Pick<EventLog, 'removedBefore'>, now: Instant): Promise<Instant | undefined> =>
  log.removedBefore(now - NEVER_REMOVED);

/**
 * Records the instant before which events of a category may be forgotten. It is needed after the memory is lengthened,
 * because older events may be missing nevertheless. The instant only moves forward. If the event log is empty, nothing
 * is recorded, since nothing can be forgotten.
 * @param memory current memory, in milliseconds.
 * @throws TransientError if the event log does not answer.
 */
export const noteRemoved = async (
  log: Pick<EventLog, 'removedBefore' | 'noteRemoved'>,
  memory: number,
  now: Instant,
): Promise<void> => {
  const known = await removedBefore(log, now);
  if (known === undefined || now - memory >= known + STEP) await log.noteRemoved(now - memory, now);
};

/**
 * Refuses a termination from before the remembered time: a reinstatement that followed it may have been forgotten.
 * @param before the instant from the category's event log, see {@link removedBefore}.
 * @throws AccountEventError `too-long-ago`
 */
export const assertRemembered = (
  { type, at }: Pick<AccountEvent, 'type' | 'at'>,
  before: Instant | undefined,
  field = 'at',
): void => {
  if (type === 'account-reinstated' || before === undefined || at >= before) return;
  throw new AccountEventError('too-long-ago', field, {
    expected: `${field} not to be before ${isoInstant(before)}: later events may have been forgotten under a shorter backups of the policy`,
    found: isoInstant(at),
    fix: 'If this event is still true, send it again with the current time.',
  });
};
