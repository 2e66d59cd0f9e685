import { type Closure, isMalformed, type LedgerEntry } from '../../erasure/ledger/ledger-entry.ts';
import { ledgerPages } from '../../erasure/ledger/ledger-pages.ts';
import { type CategoryVisit, ledgerCategories } from '../../erasure/recording/category-visit.ts';
import { type Instant, isoInstant } from '../../policy/time/instant.ts';
import type { Period } from '../../purge/report/run-history.ts';
import type { Session } from '../session.ts';

/** One erasure that was carried out, as the ledger keeps it. It names no account. */
export interface ClosedErasure extends Pick<LedgerEntry, 'category' | 'trigger' | 'scope' | 'subject'> {
  readonly outcome: Closure['state'];
  readonly terminatedAt: Instant;
  readonly eraseBy: Instant;
  readonly closedAt: Instant;
  /** Milliseconds after the deadline, by the count that found nothing left; 0 if it was in time. */
  readonly lateBy: number;
  readonly documentsErased: number;
  /** The id of its receipt; undefined if none is issued yet. */
  readonly receipt?: string;
  /** Whether it cannot be proven, so that no receipt is expected. */
  readonly withoutReceipt?: true;
  /** Ids of the legal holds that delayed it. */
  readonly holds: readonly string[];
  /** When data of the subject was found again. */
  readonly reopenedAt?: Instant;
}

const ENTRIES_AT_ONCE = 1_000;

const closedErasure = ({ category, trigger, scope, subject }: LedgerEntry, closure: Closure): ClosedErasure => {
  const { state, obligation, progress, closedAt, receipt, withoutReceipt, held = [], reopenedAt } = closure;
  const { terminatedAt, eraseBy } = obligation;
  return {
    category,
    trigger,
    scope,
    subject,
    outcome: state,
    terminatedAt,
    eraseBy,
    closedAt,
    // As in the receipt, the time of the count decides, not the time at which the closure was recorded.
    lateBy: Math.max(0, (progress.verifiedAt ?? closedAt) - eraseBy),
    documentsErased: progress.documentsErased,
    ...(receipt !== undefined && { receipt }),
    ...(withoutReceipt === true && { withoutReceipt: true as const }),
    holds: [...new Set(held.map(({ hold }) => hold))],
    ...(reopenedAt !== undefined && { reopenedAt }),
  };
};

const isIn = (closedAt: Instant, { since, until }: Period): boolean => closedAt >= since && closedAt < until;

const closedIn = (entry: LedgerEntry, period: Period): readonly ClosedErasure[] =>
  isMalformed(entry)
    ? []
    : entry.closures.filter(({ closedAt }) => isIn(closedAt, period)).map((closure) => closedErasure(entry, closure));

/**
 * The erasures that were closed in a period, oldest first. Reads every entry of the ledgers: an entry that is open
 * again may have been closed before. Housekeeping removes old entries; their receipts stay longer in the archive.
 * @param visit collects the categories whose ledgers do not answer.
 * @throws TransientError if the names of the ledgers cannot be read.
 */
export const closedErasures = async (
  { policy, erasure: { ledger } }: Pick<Session, 'policy' | 'erasure'>,
  period: Period,
  visit: CategoryVisit,
): Promise<readonly ClosedErasure[]> => {
  const found = await visit.each(await ledgerCategories(policy, ledger), async (category) => {
    const closed: ClosedErasure[] = [];
    for await (const { entries } of ledgerPages(ledger, { category }, ENTRIES_AT_ONCE))
      closed.push(...entries.flatMap(({ entry }) => closedIn(entry, period)));
    return closed;
  });
  return [...found.values()].flat().sort((a, b) => a.closedAt - b.closedAt);
};

const iso = (instant: Instant | undefined): string | null => (instant === undefined ? null : isoInstant(instant));

/** The keys for programs. */
export const closedJson = (erasure: ClosedErasure) => ({
  ...erasure,
  terminatedAt: isoInstant(erasure.terminatedAt),
  eraseBy: isoInstant(erasure.eraseBy),
  closedAt: isoInstant(erasure.closedAt),
  inTime: erasure.lateBy === 0,
  receipt: erasure.receipt ?? null,
  reopenedAt: iso(erasure.reopenedAt),
});
