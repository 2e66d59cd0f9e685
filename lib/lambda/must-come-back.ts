import { isTermination } from '../erasure/bus-event.ts';
import { TerminationError } from '../erasure/termination-error.ts';

/**
 * Whether an event that failed has to come back until it is taken: a termination that is not at fault itself. Whatever else is
 * wrong (key, privilege, secret, archive, policy, cluster) is the deployment's fault, which somebody mends; no termination may be
 * lost over it.
 */
export const mustComeBack = (event: unknown, error: unknown): boolean =>
  isTermination(event) && !(error instanceof TerminationError);
