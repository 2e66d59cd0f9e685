import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import { TerminationError } from '../intake/termination-error.ts';
import type { TerminationEvent } from './termination-event.ts';

/**
 * Refuses the end of one application where the policy tells no applications: nothing could ever be erased for it, and its erasure would
 * stay open. A return is taken: it only protects.
 * @param field as the sender calls it.
 * @throws TerminationError `bad-termination`.
 */
export const assertTellsApplications = (
  { type, subject }: Pick<TerminationEvent, 'type' | 'subject'>,
  { categories }: Pick<RetentionPolicy, 'categories'>,
  field: string,
): void => {
  const isTold = [...categories.values()].some(({ applicationField }) => applicationField !== undefined);
  if (subject.sdkAppId === undefined || type === 'account-reinstated' || isTold) return;
  throw new TerminationError('bad-termination', field, {
    expected: `no ${field}: the policy names no applicationField, so that one application cannot be told from another`,
    found: 'one',
    fix: 'Leave it out if the whole account is meant, or write applicationField into the policy.',
  });
};
