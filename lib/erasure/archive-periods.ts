import { ledgerMemory } from '../policy/ledger-memory.ts';
import type { RetentionPolicy } from '../policy/retention-policy.ts';
import type { ArchiveKind } from './archive.ts';

/**
 * How long a copy of each kind stays in the archive, in milliseconds from when it was put there: events and entries as long as
 * the ledger remembers them, receipts as long as reports.
 */
export const archivePeriods = (
  policy: Pick<RetentionPolicy, 'backups' | 'reports'>,
): Readonly<Record<ArchiveKind, number>> => ({
  events: ledgerMemory(policy),
  entries: ledgerMemory(policy),
  receipts: policy.reports.maxAge.milliseconds,
});
