import { InputError, RefusedError } from '../../base/errors.ts';
import { AccountEventError } from '../../erasure/events/account-event-error.ts';
import { ERASED_DATA_RETURNED, PURGE_UNFINISHED, SCHEDULED } from '../../erasure/events/bus-sources.ts';
import { isAccountEvent } from '../../erasure/intake/bus-event.ts';
import { PolicyError } from '../../policy/parsing/policy-error.ts';

/**
 * The fate of an event that a function could not process. `again`: it is delivered again until it is recorded.
 * `overtaken`: the next run does its work, or the next audit sends it again. `refused`: it waits for a person.
 */
export type EventFate = 'again' | 'overtaken' | 'refused';

/** Whether another try would not help, because the input is wrong or was refused. */
export const isFinalError = (error: unknown): error is InputError | RefusedError | PolicyError =>
  error instanceof InputError || error instanceof RefusedError || error instanceof PolicyError;

const DONE_BY_A_RUN = new Set<unknown>([SCHEDULED.detailType, PURGE_UNFINISHED, ERASED_DATA_RETURNED]);

/** Whether any run does the work of the event, or the next audit sends it again. */
export const isDoneByARun = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && 'detail-type' in event && DONE_BY_A_RUN.has(event['detail-type']);

/**
 * Decides whether a failed event is tried again or put aside, both for invocations and for the failure queue. A valid
 * termination is always tried again: any other cause (key, privilege, secret, archive, policy, cluster) is an error of
 * the deployment. Somebody repairs it, and no termination may be lost because of it.
 */
export const fateOf = (event: unknown, error: unknown): EventFate => {
  if (isAccountEvent(event)) return error instanceof AccountEventError ? 'refused' : 'again';
  if (!isFinalError(error)) return 'again';
  return isDoneByARun(event) ? 'overtaken' : 'refused';
};
