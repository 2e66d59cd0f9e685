import { number } from '../../base/number-text.ts';
import type { Finding } from '../../criteria/finding.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { cancelledUnerased } from '../ledger/apply-event.ts';
import { isOpen, type LedgerEntry } from '../ledger/ledger-entry.ts';
import { newestReinstatement } from '../ledger/obligation.ts';
import type { VerifiedSubject } from '../ledger/record-outcome.ts';

/** Whether an entry that owed an erasure when a run began owes no due erasure at an instant. */
export const owesNothingAt = (entry: LedgerEntry, now: Instant): boolean =>
  !isOpen(entry) || (entry.obligation?.eraseFrom ?? 0) > now;

/**
 * Updates an entry that was reinstated during its erasure, after the verification: it stays cancelled, and records how
 * many documents had been erased. If the number is unknown, the entry is not changed.
 * @param begun the entry as the run found it.
 * @param claimed documents counted before anything was destroyed.
 */
export const cancelledMeanwhile = (
  entry: LedgerEntry,
  begun: LedgerEntry,
  claimed: number,
  found: Omit<VerifiedSubject, 'nextRunBy'>,
): LedgerEntry => {
  const { obligation } = begun;
  if (obligation === undefined || !found.coversClaim) return entry;
  const erased = Math.max(0, claimed - found.due - (found.held ?? 0));
  const documentsErased = erased + Math.max(begun.progress.documentsErased, entry.progress.documentsErased);
  const isSaid = entry.progress.claimed === undefined && entry.progress.documentsErased === documentsErased;
  if (isSaid) return entry;
  if (documentsErased === 0) return cancelledUnerased(entry);
  const { verifiedAt, indices, newUse } = found;
  const firstErasedAt = begun.progress.firstErasedAt ?? verifiedAt;
  return {
    ...entry,
    obligation,
    reinstatedAt: newestReinstatement(entry.events),
    progress: { documentsErased, firstErasedAt, verifiedAt, newUse, indices },
  };
};

const erasedText = (entries: readonly LedgerEntry[]): string => {
  const documents = entries.reduce((sum, { progress }) => sum + progress.documentsErased, 0);
  const isKnown = entries.every(({ progress }) => progress.claimed === undefined);
  return `${isKnown ? '' : 'at least '}${number(documents)} of their documents had been erased by then`;
};

/** Findings about erasures that were reinstated during the run, without naming anybody. Empty if there are none. */
export const cancelledFindings = (entries: readonly LedgerEntry[]): readonly Finding[] => {
  const cancelled = entries.filter((entry) => entry.state === 'cancelled');
  if (cancelled.length === 0) return [];
  return [
    {
      code: 'erasures-taken-back',
      severity: 'notice',
      subjects: cancelled.length,
      expected: 'no erasure cancelled while a run carries it out',
      found: `${number(cancelled.length)} reinstated while the run was at work; ${erasedText(cancelled)}`,
      fix: 'These documents cannot be restored. All other documents of these subjects stay. See node bin/es-retention.mjs status with --uin for one of them.',
    },
  ];
};
