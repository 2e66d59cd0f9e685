import type { RetentionPolicy } from './retention-policy.ts';
import { DAY } from './time/duration.ts';

/** Longer than any event can wait before it reaches us: queues keep what failed for 14 days. */
const MARGIN = 15 * DAY;

/**
 * How long the ledger remembers a subject after its entry was closed, in milliseconds: as long as a snapshot could bring it
 * back, and a margin. What happened before that may be forgotten, so that an older event is refused: a reinstatement that
 * followed it might be forgotten too.
 */
export const ledgerMemory = ({ backups }: Pick<RetentionPolicy, 'backups'>): number => backups.milliseconds + MARGIN;
