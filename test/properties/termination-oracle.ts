import type { TerminationEvent } from '../../lib/erasure/termination-event.ts';
import type { Instant } from '../../lib/policy/instant.ts';
import type { TerminationRule, Trigger } from '../../lib/policy/retention-policy.ts';

// What is owed, in the issue's own sentences, as one who lives through the events in their order would see it. It calls
// nothing of lib/erasure on purpose.

/** What one subject is owed for one kind of termination. */
export interface Owed {
  readonly terminatedAt: Instant;
  /** Not before. */
  readonly eraseFrom: Instant;
  /** Not later than. */
  readonly eraseBy: Instant;
}

/**
 * Lives through the events of one scope: a reinstatement ends what is owed (at the same instant too), a termination begins it,
 * and one that comes while something is owed can only hasten it.
 */
export const owedAfter = (
  events: readonly Pick<TerminationEvent, 'type' | 'at' | 'immediate'>[],
  trigger: Trigger,
  { cancelWindow, deadline }: TerminationRule,
): Owed | undefined => {
  const inOrder = [...events].sort(
    (a, b) => a.at - b.at || Number(a.type === 'account-reinstated') - Number(b.type === 'account-reinstated'),
  );
  let owed: Owed | undefined;
  for (const { type, at, immediate } of inOrder) {
    if (type === 'account-reinstated') owed = undefined;
    else if (type === trigger) {
      owed ??= { terminatedAt: at, eraseFrom: at + cancelWindow.milliseconds, eraseBy: at + deadline.milliseconds };
      if (immediate && at < owed.eraseFrom) owed = { ...owed, eraseFrom: at };
    }
  }
  return owed;
};
