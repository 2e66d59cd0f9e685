import { RetentionError, TransientError } from '../base/errors.ts';
import type { ControlStore } from '../control/control-store.ts';
import { NO_CONTROLS, pauseAt } from '../control/controls.ts';
import type { Archive, ArchiveKind } from '../erasure/archive/archive.ts';
import { archivePeriods } from '../erasure/archive/archive-periods.ts';
import { neededCopies } from '../erasure/archive/needed-copies.ts';
import { REMOVAL_MARGIN } from '../erasure/consistency/witnesses.ts';
import type { EventLogs } from '../erasure/events/event-log.ts';
import type { Ledger } from '../erasure/ledger/ledger.ts';
import type { ReceiptStore } from '../erasure/receipts/receipt-store.ts';
import { ledgerMemory } from '../policy/ledger-memory.ts';
import type { RetentionPolicy } from '../policy/retention-policy.ts';
import type { Clock, Instant } from '../policy/time/instant.ts';
import { clocksAgree, readClocks } from '../purge/clocks.ts';
import type { RemovalMode, ReportStore } from '../purge/report/report.ts';

/** The kinds of records that housekeeping removes, each after its own period. */
export const REMOVED_KINDS = ['reports', 'entries', 'events', 'receipts'] as const;
type RemovedKind = (typeof REMOVED_KINDS)[number];

export interface HousekeepingPorts {
  readonly ledger: Pick<Ledger, 'find' | 'removeOld' | 'oldestOwed'>;
  readonly events: (category: string) => Pick<ReturnType<EventLogs>, 'about' | 'removeOld'>;
  readonly receipts: (category: string) => Pick<ReceiptStore, 'removeOld'>;
  readonly reportStore: Pick<ReportStore, 'removeOld'>;
  readonly controls: Pick<ControlStore, 'read'>;
  /** Every category that has one of our own indices, even if the policy does not contain it any more. */
  readonly categories: () => Promise<readonly string[]>;
  /** Whether records of an earlier version still have to be moved. */
  readonly hasEarlier: () => Promise<boolean>;
  /** Undefined if no archive is configured. */
  readonly archive?: () => Promise<Pick<Archive, 'removeOld'>>;
  /** The cluster's clock; undefined if it cannot be read. */
  readonly serverTime: () => Promise<Instant | undefined>;
  readonly clock: Clock;
}

/** Numbers of documents removed in one category, or to be removed in a dry run. */
export interface RemovedRecords {
  readonly category: string;
  readonly removed: Readonly<Record<RemovedKind, number>>;
  /** Why other documents were not removed; the next housekeeping continues. */
  readonly failure?: RetentionError;
  /** Why all records of the category are kept: a pause, a legal hold, or controls that could not be read. */
  readonly keptBy?: 'pause' | 'hold' | 'unread';
}

/** The number of removed copies of one kind. */
interface RemovedCopies {
  readonly kind: ArchiveKind;
  readonly removed: number;
  readonly note?: string;
}

export interface Housekeeping {
  readonly categories: readonly RemovedRecords[];
  readonly archive: readonly RemovedCopies[];
}

/** Only an opened copy shows to which category it belongs. */
const KEPT_COPIES = 'none removed, since a category is paused or on hold, or its controls could not be read';

const KINDS = ['events', 'entries', 'receipts', 'manifests', 'statements'] as const;

/** The earlier of both clocks. A wrong clock could remove a reinstatement before its time. */
const agreedNow = async ({ serverTime, clock }: HousekeepingPorts): Promise<Instant> => {
  const { now, clocks } = await readClocks({ serverTime }, { indices: [] }, clock);
  if (clocksAgree(clocks)) return now;
  const expected = 'our clock and the clock of the cluster at most 5 minutes apart';
  throw new TransientError(
    'clock-skew',
    clocks === undefined
      ? {
          expected,
          found: 'that the clock of the cluster could not be read: no index of es-retention exists, or none answers',
          fix: 'Run node bin/es-retention.mjs setup, which creates these indices, and check that they answer. Nothing was removed.',
        }
      : {
          expected,
          found: 'two clocks that are further apart',
          fix: 'Set the clock that is wrong. Nothing was removed.',
        },
  );
};

/** An entry that is not moved yet may need events that would be removed. */
const assertMoved = async ({ hasEarlier }: HousekeepingPorts): Promise<void> => {
  if (!(await hasEarlier())) return;
  throw new TransientError('not-moved', {
    expected: 'every record of earlier versions moved into the indices of its category',
    found: 'some that are not moved, or are not marked as moved',
    fix: 'Run node bin/es-retention.mjs setup: it moves them. Nothing was removed.',
  });
};

/**
 * Why no record of a category is removed: the category is paused, is on hold as a whole, or nobody knows. Undefined if
 * records may be removed.
 */
const keptByControls = async (
  category: string,
  store: HousekeepingPorts['controls'],
  now: Instant,
): Promise<Pick<RemovedRecords, 'keptBy' | 'failure'> | undefined> => {
  try {
    const { controls = NO_CONTROLS } = (await store.read(category)) ?? {};
    if (controls.holds.some(({ scope }) => scope === 'category')) return { keptBy: 'hold' };
    return pauseAt(controls, now) === undefined ? undefined : { keptBy: 'pause' };
  } catch (error) {
    if (!(error instanceof RetentionError)) throw error;
    return { keptBy: 'unread', failure: error };
  }
};

const removeOldRecords = async (
  category: string,
  policy: RetentionPolicy,
  now: Instant,
  { ledger, events, receipts, reportStore, controls }: HousekeepingPorts,
  work: RemovalMode,
): Promise<RemovedRecords> => {
  const removed: Record<RemovedKind, number> = { reports: 0, entries: 0, events: 0, receipts: 0 };
  const [remembered, proved] = [now - ledgerMemory(policy), now - policy.reports.maxAge.milliseconds];
  const kept = await keptByControls(category, controls, now);
  if (kept !== undefined) return { category, removed, ...kept };
  try {
    removed.reports = await reportStore.removeOld(category, proved, work);
    removed.receipts = await receipts(category).removeOld(now - archivePeriods(policy).receipts, work);
    removed.entries = await ledger.removeOld(category, remembered, work);
    // Events prove the erasures that are still owed, so they are kept.
    const oldest = await ledger.oldestOwed(category);
    const before = oldest === undefined ? remembered : Math.min(remembered, oldest - REMOVAL_MARGIN);
    removed.events = await events(category).removeOld(before, work);
    return { category, removed };
  } catch (error) {
    if (!(error instanceof RetentionError)) throw error;
    return { category, removed, failure: error };
  }
};

/**
 * Removes records that need not be kept any more: reports and receipts after `reports.maxAge`; closed entries, events
 * and archive copies after the ledger's memory. Runs do not remove these records. A failing category does not stop the
 * others. It must never remove: an entry that is open or waits for its receipt; an event (or its copy in a folder) that
 * an open erasure depends on; anything within its period; anything of a category that is paused or on hold, or whose
 * controls cannot be read; or anything while the clocks disagree or records of an earlier version are not moved.
 * @throws TransientError `clock-skew`, `not-moved`; InputError | TransientError if the names of our own indices, or the
 *   archive, cannot be read.
 */
export const runHousekeeping = async (
  policy: RetentionPolicy,
  ports: HousekeepingPorts,
  work: RemovalMode,
): Promise<Housekeeping> => {
  await assertMoved(ports);
  const now = await agreedNow(ports);
  const categories: RemovedRecords[] = [];
  const names = await ports.categories();
  for (const category of names) categories.push(await removeOldRecords(category, policy, now, ports, work));
  const periods = archivePeriods(policy);
  const copies = await ports.archive?.();
  const isKept = categories.some(({ keptBy }) => keptBy !== undefined);
  const archive: RemovedCopies[] = [];
  if (copies !== undefined)
    for (const kind of KINDS) {
      if (isKept) {
        archive.push({ kind, removed: 0, note: KEPT_COPIES });
        continue;
      }
      // Copies about erasures that are still owed must exist in case the cluster has to be restored.
      const needed = kind === 'events' ? () => neededCopies(names, ports) : undefined;
      archive.push({ kind, ...(await copies.removeOld(kind, now - periods[kind], work, needed)) });
    }
  return { categories, archive };
};
