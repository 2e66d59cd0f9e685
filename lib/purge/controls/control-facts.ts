import { RetentionError } from '../../base/errors.ts';
import type { Explanation } from '../../base/explanation.ts';
import type { StoredControls } from '../../control/control-store.ts';
import { type Controls, heldAccounts, holdsToReview, pauseAt } from '../../control/controls.ts';
import type { ControlFacts, Criteria, HeldCriteria } from '../../criteria/due-criteria.ts';
import type { Category } from '../../policy/retention-policy.ts';
import type { Instant } from '../../policy/time/instant.ts';

/** The controls of a category, or why they could not be read. */
export type ControlReading = StoredControls | { readonly unread: Explanation & { readonly code: string } };

/**
 * Reads controls. If this fails, the result says why. Then nothing is destroyed, but runs still measure.
 * @throws any error that is not a {@link RetentionError}.
 */
export const readingOf = async (read: () => Promise<StoredControls>): Promise<ControlReading> => {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof RetentionError)) throw error;
    return { unread: { code: error.code, ...error.explanation } };
  }
};

/** The holds of a category that could be read. */
export const holdsIn = (reading: ControlReading): Controls['holds'] =>
  'unread' in reading ? [] : reading.controls.holds;

/** Which documents holds keep in a category; undefined without holds. */
export const heldCriteria = (
  { accountField, applicationField }: Category,
  holds: Controls['holds'],
): HeldCriteria | undefined =>
  holds.length === 0
    ? undefined
    : {
        accountField,
        ...(applicationField !== undefined && { applicationField }),
        accounts: heldAccounts(holds),
        holds,
      };

/** The part of the criteria that comes from the controls. It contains no reason. */
export const controlCriteria = (
  reading: ControlReading,
  category: Category,
  now: Instant,
  nearestEraseBy?: Instant,
): Pick<Criteria, 'held' | 'controls'> => {
  if ('unread' in reading) return { controls: { toReview: [], unread: reading.unread } };
  const { controls } = reading;
  const pause = pauseAt(controls, now);
  const held = heldCriteria(category, controls.holds);
  const facts: ControlFacts = {
    ...(pause !== undefined && { pause: { since: pause.since, until: pause.until } }),
    ...(nearestEraseBy !== undefined && { nearestEraseBy }),
    toReview: holdsToReview(controls.holds, now).map(({ id }) => id),
  };
  return { ...(held !== undefined && { held }), controls: facts };
};
