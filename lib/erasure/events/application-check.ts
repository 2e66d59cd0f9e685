import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import type { AccountEvent } from './account-event.ts';
import { AccountEventError } from './account-event-error.ts';

/**
 * Refuses the end of one application if the policy has no field for applications: its documents could never be found,
 * and its erasure would stay open. A reinstatement is accepted, since it only protects data.
 * @param field name of the field in the sender's format.
 * @throws AccountEventError `bad-termination`.
 */
export const assertTellsApplications = (
  { type, subject }: Pick<AccountEvent, 'type' | 'subject'>,
  { categories }: Pick<RetentionPolicy, 'categories'>,
  field: string,
): void => {
  const isTold = [...categories.values()].some(({ applicationField }) => applicationField !== undefined);
  if (subject.sdkAppId === undefined || type === 'account-reinstated' || isTold) return;
  throw new AccountEventError('bad-termination', field, {
    expected: `no ${field}, because the policy names no applicationField and so cannot distinguish applications`,
    found: 'one',
    fix: 'Leave it out if the whole account is meant, or write applicationField into the policy.',
  });
};
