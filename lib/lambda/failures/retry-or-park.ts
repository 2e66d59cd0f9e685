import { isTermination } from '../../erasure/intake/bus-event.ts';
import { PURGE_UNFINISHED, SCHEDULED } from '../../erasure/intake/bus-sources.ts';
import { TerminationError } from '../../erasure/intake/termination-error.ts';
import { PolicyError } from '../../policy/parsing/policy-error.ts';
import { InputError, RefusedError } from '../../purge/errors.ts';

/**
 * What becomes of an event that a function could not take: it comes `again` until it is taken, the next run has `overtaken` it, or it
 * is `refused` and waits for a person.
 */
export type Fate = 'again' | 'overtaken' | 'refused';

/** Wrong input, or a refusal: trying again helps nobody. */
export const isRefusal = (error: unknown): error is InputError | RefusedError | PolicyError =>
  error instanceof InputError || error instanceof RefusedError || error instanceof PolicyError;

const DONE_BY_A_RUN = new Set<unknown>([SCHEDULED.detailType, PURGE_UNFINISHED]);

/** Whether a run, whichever, does what the event asks for. */
export const isDoneByARun = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && 'detail-type' in event && DONE_BY_A_RUN.has(event['detail-type']);

/**
 * Decides, for invocations and for what is drained, whether an event that failed is tried again or put aside. A termination that is not at
 * fault itself always comes again: whatever else is wrong (key, privilege, secret, archive, policy, cluster) is the deployment's
 * fault, which somebody mends, and no termination may be lost over it.
 */
export const fateOf = (event: unknown, error: unknown): Fate => {
  if (isTermination(event)) return error instanceof TerminationError ? 'refused' : 'again';
  if (!isRefusal(error)) return 'again';
  return isDoneByARun(event) ? 'overtaken' : 'refused';
};
