import type { RetentionPolicy } from './retention-policy.ts';
import { DAY } from './time/duration.ts';

/** Longer than any event can wait before it reaches us: none of our messages is older than 14 days. */
const LONGEST_WAIT = 15 * DAY;

/**
 * How long the ledger remembers a subject after its entry was closed, in milliseconds: as long as a snapshot could
 * bring the data back, plus a margin. Older events are refused, because a reinstatement that followed them may have
 * been forgotten.
 */
export const ledgerMemory = ({ backups }: Pick<RetentionPolicy, 'backups'>): number =>
  backups.milliseconds + LONGEST_WAIT;
