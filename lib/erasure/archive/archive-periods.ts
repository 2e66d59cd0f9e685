import { ledgerMemory } from '../../policy/ledger-memory.ts';
import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import { DAY } from '../../policy/time/duration.ts';
import type { ArchiveKind } from './archive.ts';

/**
 * For so long at the end of its period, in milliseconds, a bucket keeps a copy as an older version only: what somebody removed can be
 * fetched back as long. What `replay` reads is short of it by a day, and no more: what took a termination back must be there as
 * long as the termination.
 */
export const ARCHIVE_SAFETY: Readonly<Record<ArchiveKind, number>> = {
  events: DAY,
  entries: DAY,
  receipts: 30 * DAY,
  manifests: DAY,
};

/**
 * How long a copy of each kind stays in the archive, in milliseconds from when it was put there: events, lists of them and entries as
 * long as the ledger remembers them, receipts as long as reports.
 */
export const archivePeriods = (
  policy: Pick<RetentionPolicy, 'backups' | 'reports'>,
): Readonly<Record<ArchiveKind, number>> => ({
  events: ledgerMemory(policy),
  entries: ledgerMemory(policy),
  receipts: policy.reports.maxAge.milliseconds,
  manifests: ledgerMemory(policy),
});

/**
 * How far back `replay` records terminations, in milliseconds: as far as what took them back is sure to be in the archive.
 */
export const replayReach = (policy: Pick<RetentionPolicy, 'backups'>): number =>
  ledgerMemory(policy) - ARCHIVE_SAFETY.events;
