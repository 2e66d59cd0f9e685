import type { TerminationTrigger } from '../../policy/termination-trigger.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { Closure, LedgerEntry } from './ledger-entry.ts';

/**
 * The instant up to which a closure carries out terminations: the time of the closing count, if the subject had no
 * documents left at all.
 */
export const doneThroughOf = (
  trigger: TerminationTrigger,
  { obligation, progress, closedAt }: Pick<Closure, 'obligation' | 'progress' | 'closedAt'>,
): Instant => (trigger === 'account-deleted' || progress.newUse === 0 ? closedAt : obligation.terminatedAt);

/** The latest such instant over all closures of an entry. */
export const doneThroughClosures = ({
  trigger,
  closures,
}: Pick<LedgerEntry, 'trigger' | 'closures'>): Instant | undefined =>
  closures.length === 0 ? undefined : Math.max(...closures.map((each) => doneThroughOf(trigger, each)));
