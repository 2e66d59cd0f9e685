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

/** A ledger that this policy does not use, and the number of overdue erasures in it. */
export interface OverdueElsewhere {
  readonly index: string;
  readonly subjects: number;
}

/** The sources that show whether the ledger has lost something or was edited. */
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
export const MOST_WITNESSED = 200_000;

/**
 * Events, entries and copies are not forgotten at the same moment. So records this close to being forgotten are not
 * compared.
 */
export const REMOVAL_MARGIN = DAY;

/**
 * Events that take effect before this instant are not compared: they may be forgotten in one place and not yet in
 * another.
 */
export const witnessedFrom = (policy: Pick<RetentionPolicy, 'backups'>, now: Instant): Instant =>
  now - ledgerMemory(policy) + REMOVAL_MARGIN;

/**
 * Findings for open entries that no run erases: their category is not in the policy, or has no termination rule there.
 * Pure.
 * @param open number of open erasures, by category.
 */
export const orphanedErasures = (
  { categories }: Pick<RetentionPolicy, 'categories'>,
  open: ReadonlyMap<string, number>,
): readonly Finding[] =>
  [...open].flatMap(([id, subjects]) => {
    const category = categories.get(id);
    if (subjects === 0 || category?.rules.termination !== undefined) return [];
    const isKnown = category !== undefined;
    return {
      code: 'orphaned-erasures',
      severity: 'blocking',
      subjects,
      expected: 'a termination rule in the policy for every category in which the ledger owes erasures',
      found: `${subjects} open in "${id}", ${isKnown ? 'which has no termination rule' : 'which the policy does not know'}`,
      fix: isKnown
        ? `Give "${id}" a termination rule again, until its erasures are done.`
        : `Give the category its earlier name back. Or, if it has a new name now, run node bin/es-retention.mjs replay --renamed ${id}=<new name>. If you want to remove the category, keep it in the policy until its erasures are done.`,
    };
  });

/**
 * Findings for overdue erasures in ledgers under another prefix: after its prefix was changed, a policy does not see
 * what it owed before. Pure.
 */
export const erasuresElsewhere = (
  { indexPrefix }: Pick<RetentionPolicy, 'indexPrefix'>,
  overdue: readonly OverdueElsewhere[],
): readonly Finding[] =>
  overdue.map(({ index, subjects }) => ({
    code: 'orphaned-erasures',
    severity: 'blocking',
    index,
    subjects,
    expected: `everything that the categories of this policy owe to be in ledgers that begin with ${indexPrefix} (indexPrefix)`,
    found: `${subjects} past the deadline in a ledger under another prefix`,
    fix: `If this policy had another indexPrefix before, restore that prefix until node bin/es-retention.mjs status shows nothing owed. Or continue with the new prefix: node bin/es-retention.mjs replay records what the archive (RETENTION_ARCHIVE) has; once status shows these erasures, DELETE /${index}. If another policy uses that ledger, verify under that policy names the obstacle.`,
  }));

/** The number of open erasures in a category. */
export const openIn = async (category: string, ledger: Pick<Ledger, 'find'>): Promise<number> =>
  (await ledger.find({ category, states: OPEN_STATES }, 0)).total;

const copiesFinding = (found: string, fix: string, subjects = 0): Finding => ({
  code: 'forgotten-copies',
  severity: 'blocking',
  subjects,
  expected: 'every event of the archive in the event log',
  found,
  fix,
});

const UNTIL_THEN = 'Until then nobody is erased here: a return may be among them.';

/**
 * The finding for events recorded without a configured archive. Recording always needs an archive, and what it contains
 * is unknown now.
 */
export const noArchive = (): Finding =>
  copiesFinding(
    'no archive: RETENTION_ARCHIVE is not set, and events were recorded',
    `Set RETENTION_ARCHIVE to the place that terminations are recorded with. ${UNTIL_THEN}`,
  );

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
      if (ids.push(id) === MOST_WITNESSED) break;
    }
  } catch (error) {
    const found = `an archive that does not say: ${messageOf(error)}`;
    return { ids: [], findings: [copiesFinding(found, `The next run asks again. ${UNTIL_THEN}`)] };
  }
  return { ids, findings: [] };
};

/** The finding for archive copies that are missing in an event log. Pure. */
export const forgottenCopies = (missing: number): readonly Finding[] => {
  const fix = `node bin/es-retention.mjs replay records them again. Fix or remove those that do not open, as it says. ${UNTIL_THEN}`;
  return missing === 0 ? [] : [copiesFinding(`${missing} that it does not know`, fix, missing)];
};

/** Whether there are, or may be, copies that have not been read. One of them may be a reinstatement. */
export const mayHideReinstatement = (findings: readonly Finding[]): boolean =>
  findings.some(({ code }) => code === 'forgotten-copies');
