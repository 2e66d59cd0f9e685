import { messageOf } from '../../base/errors.ts';
import type { Finding } from '../../criteria/finding.ts';
import { ledgerMemory } from '../../policy/ledger-memory.ts';
import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import { DAY } from '../../policy/time/duration.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { archivePeriods } from '../archive/archive-periods.ts';
import type { EventLog } from '../events/event-log.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { OPEN_STATES } from '../ledger/ledger-entry.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';
import type { EarlierRecords } from './earlier-records.ts';
import { type OverdueElsewhere, unreadArchive } from './witness-findings.ts';

/** The sources that show whether the ledger has lost entries or was edited. */
export interface Witnesses {
  readonly ledger: Pick<Ledger, 'categories' | 'read' | 'find' | 'hidden'>;
  readonly events: (category: string) => Pick<EventLog, 'since' | 'about' | 'missing' | 'hidden'>;
  /** Absent if there can be no records of an earlier version. */
  readonly earlier?: EarlierRecords;
  /**
   * Finds ledgers of these categories under another index prefix that contain overdue erasures. For commands of a
   * person; absent otherwise.
   */
  readonly elsewhere?: (categories: ReadonlySet<string>, now: Instant) => Promise<readonly OverdueElsewhere[]>;
  /** The ids of the events that were put into the archive since an instant. Absent if no archive is configured. */
  readonly archivedEvents?: (since: Instant) => AsyncIterable<string>;
  /**
   * Every version of the subject key.
   * @throws InputError `no-keys` if no key ring is configured.
   */
  readonly subjectKeys: () => Promise<SubjectKeys>;
  /** Waits for the given number of milliseconds. */
  readonly wait: (milliseconds: number) => Promise<void>;
}

/** The maximum number of events (the most recent ones) and of archive copies that are compared at once. */
export const MAX_WITNESSED = 200_000;

/**
 * Events, entries and copies are not forgotten at the same moment. So records this close to being forgotten are not
 * compared.
 */
export const REMOVAL_MARGIN = DAY;

/**
 * Events that take effect before this instant are not compared: they may be forgotten in one place, but not yet in
 * another.
 */
export const comparedSince = (policy: Pick<RetentionPolicy, 'backups'>, now: Instant): Instant =>
  now - ledgerMemory(policy) + REMOVAL_MARGIN;

/** The number of open erasures in a category. */
export const openIn = async (category: string, ledger: Pick<Ledger, 'find'>): Promise<number> =>
  (await ledger.find({ category, states: OPEN_STATES }, 0)).total;

/** Copies put into the archive from this instant on must be in every event log. */
export const archivedFrom = (policy: Pick<RetentionPolicy, 'backups' | 'reports'>, now: Instant): Instant =>
  now - archivePeriods(policy).events + REMOVAL_MARGIN;

/**
 * The ids of the archive's copies that every event log must contain.
 * @param since only copies put from this instant on.
 * @returns a finding if the archive does not answer; neither ids nor finding if none is configured.
 */
export const archivedIds = async (
  { archivedEvents }: Pick<Witnesses, 'archivedEvents'>,
  since: Instant,
): Promise<{ readonly ids: readonly string[]; readonly findings: readonly Finding[] }> => {
  const ids: string[] = [];
  if (archivedEvents === undefined) return { ids, findings: [] };
  try {
    for await (const id of archivedEvents(since)) {
      if (ids.push(id) === MAX_WITNESSED) break;
    }
  } catch (error) {
    return { ids: [], findings: [unreadArchive(messageOf(error))] };
  }
  return { ids, findings: [] };
};

/** Whether there are, or may be, copies that have not been read. One of them may be a reinstatement. */
export const mayHideReinstatement = (findings: readonly Finding[]): boolean =>
  findings.some(({ code }) => code === 'forgotten-copies');
