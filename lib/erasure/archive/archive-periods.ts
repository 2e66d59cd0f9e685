import { ledgerMemory } from '../../policy/ledger-memory.ts';
import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import { DAY } from '../../policy/time/duration.ts';
import type { ArchiveKind } from './archive.ts';

/**
 * The last part of a copy's period, in milliseconds, in which a bucket keeps only a non-current version of it. During
 * that time a removed copy can be recovered. `replay` reads terminations back to this point and no further, so that
 * each reinstatement is readable as long as the terminations before it are.
 */
export const ARCHIVE_SAFETY: Readonly<Record<ArchiveKind, number>> = {
  events: DAY,
  entries: DAY,
  receipts: 30 * DAY,
  manifests: DAY,
  statements: 30 * DAY,
};

/**
 * How long a copy of each kind stays in the archive, in milliseconds after it was put there. Events, manifests and
 * entries stay as long as the ledger remembers them, receipts and statements as long as reports.
 */
export const archivePeriods = (
  policy: Pick<RetentionPolicy, 'backups' | 'reports'>,
): Readonly<Record<ArchiveKind, number>> => ({
  events: ledgerMemory(policy),
  entries: ledgerMemory(policy),
  receipts: policy.reports.maxAge.milliseconds,
  manifests: ledgerMemory(policy),
  statements: policy.reports.maxAge.milliseconds,
});

/**
 * How far back `replay` records terminations, in milliseconds: as long as later reinstatements are certain to be in the
 * archive.
 */
export const replayReach = (policy: Pick<RetentionPolicy, 'backups'>): number =>
  ledgerMemory(policy) - ARCHIVE_SAFETY.events;
