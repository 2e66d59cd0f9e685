import type { LedgerQuery } from '../../erasure/ledger/ledger.ts';
import {
  isDue,
  isOpen,
  isOverdue,
  isReceiptDue,
  type LedgerEntry,
  TO_ERASE,
  UNDER_WAY,
} from '../../erasure/ledger/ledger-entry.ts';
import type { Category } from '../../policy/retention-policy.ts';
import type { Instant } from '../../policy/time/instant.ts';
import type { Session } from '../session.ts';

/**
 * Numbers of a category's entries by state. Due entries are counted among pending and erasing ones. Overdue entries may
 * also be braked.
 */
export interface StatusCounts {
  readonly pending: number;
  readonly erasing: number;
  readonly due: number;
  readonly overdue: number;
  readonly erased: number;
  readonly nothingFound: number;
  readonly cancelled: number;
  readonly held: number;
  /** Entries beyond a limit of the policy, which wait for a person. */
  readonly braked: number;
  /** How many of the examined documents are no valid entries any more, because somebody edited them. */
  readonly malformed: number;
  /** Closed entries whose receipt is not issued yet. */
  readonly receiptsDue: number;
}

/** How many of these entries still owe an erasure, for any reason. */
export const openCount = ({
  pending,
  erasing,
  held,
  braked,
  malformed,
}: Pick<StatusCounts, 'pending' | 'erasing' | 'held' | 'braked' | 'malformed'>): number =>
  pending + erasing + held + braked - malformed;

/** The numbers for the whole category, counted by the ledger without loading entries. */
export const countLedger = async (
  { erasure, ports }: Pick<Session, 'erasure' | 'ports'>,
  { id }: Category,
): Promise<StatusCounts> => {
  const now = ports.clock();
  const total = async (query: Omit<LedgerQuery, 'category'>): Promise<number> =>
    (await erasure.ledger.find({ category: id, ...query }, 0)).total;
  return {
    pending: await total({ states: ['pending'] }),
    erasing: await total({ states: ['erasing'] }),
    due: await total({ states: TO_ERASE, eraseFromUpTo: now }),
    overdue: await total({ states: UNDER_WAY, eraseByBefore: now }),
    erased: await total({ states: ['erased'] }),
    nothingFound: await total({ states: ['nothing-found'] }),
    cancelled: await total({ states: ['cancelled'] }),
    held: await total({ states: ['held'] }),
    braked: await total({ states: ['braked'] }),
    malformed: 0,
    receiptsDue: await total({ receiptDue: true }),
  };
};

/** The numbers for these entries only. */
export const countEntries = (entries: readonly LedgerEntry[], now: Instant): StatusCounts => {
  const having = (is: (entry: LedgerEntry) => boolean): number => entries.filter(is).length;
  const inState = (state: LedgerEntry['state']): number => having((entry) => entry.state === state);
  return {
    pending: inState('pending'),
    erasing: inState('erasing'),
    due: having((entry) => isDue(entry, now)),
    overdue: having((entry) => isOverdue(entry, now)),
    erased: inState('erased'),
    nothingFound: inState('nothing-found'),
    cancelled: inState('cancelled'),
    held: inState('held'),
    braked: inState('braked'),
    malformed: 0,
    receiptsDue: having(({ closures }) => closures.some(isReceiptDue)),
  };
};

/** The nearest deadline of an erasure that is still owed. */
export const nearestDeadline = (entries: readonly LedgerEntry[]): Instant | undefined => {
  const deadlines = entries.filter(isOpen).flatMap(({ obligation }) => obligation?.eraseBy ?? []);
  return deadlines.length === 0 ? undefined : Math.min(...deadlines);
};
