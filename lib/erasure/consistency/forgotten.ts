import { ledgerMemory } from '../../policy/ledger-memory.ts';
import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import { DAY } from '../../policy/time/duration.ts';
import type { Instant } from '../../policy/time/instant.ts';
import { messageOf } from '../../purge/errors.ts';
import type { Finding } from '../../purge/finding.ts';
import { archivePeriods } from '../archive/archive-periods.ts';
import type { EventLog, Ledger } from '../ledger/ledger.ts';
import { OPEN_STATES } from '../ledger/ledger-entry.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';
import type { EarlierRecords } from './earlier-records.ts';

/** A ledger that this policy does not work with, and how many erasures in it are past their deadline. */
export interface OverdueElsewhere {
  readonly index: string;
  readonly subjects: number;
}

/** What can tell that the ledger has forgotten something, or was edited. */
export interface Witnesses {
  readonly ledger: Pick<Ledger, 'categories' | 'read' | 'find' | 'hidden'>;
  readonly events: (category: string) => Pick<EventLog, 'since' | 'about' | 'missing' | 'hidden'>;
  /** Absent where nothing of an earlier version can be there. */
  readonly earlier?: EarlierRecords;
  /** Ledgers of these categories under another prefix, with erasures that are past their deadline. For a person's commands; absent where nobody looks. */
  readonly elsewhere?: (categories: ReadonlySet<string>, now: Instant) => Promise<readonly OverdueElsewhere[]>;
  /** The ids of the events that were put into the archive since an instant; absent where no archive is configured. */
  readonly archivedEvents?: (since: Instant) => AsyncIterable<string>;
  /** Every version of the subject key. @throws InputError `no-keys` where no key ring is configured. */
  readonly subjectKeys: () => Promise<SubjectKeys>;
  /** Waits so many milliseconds. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** So many events, those that were heard last, and so many copies of the archive are looked at each time. */
export const MOST_WITNESSED = 200_000;

/** Events, entries and copies are forgotten one after the other: what is about to be forgotten proves nothing. */
export const MARGIN = DAY;

/** Events that take effect before it prove nothing: they may be forgotten by one and not yet by another. */
export const witnessedFrom = (policy: Pick<RetentionPolicy, 'backups'>, now: Instant): Instant =>
  now - ledgerMemory(policy) + MARGIN;

/**
 * Open entries that no run erases: of categories that the policy does not know, or knows without a termination rule. Pure.
 * @param open how many erasures are open, by category.
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
      expected: 'a termination rule in the policy for every category that the ledger owes erasures in',
      found: `${subjects} open in "${id}", ${isKnown ? 'which has no termination rule' : 'which the policy does not know'}`,
      fix: isKnown
        ? `Give "${id}" a termination rule again, until its erasures are done.`
        : `Give the category its name back; or, where it is called otherwise now: node bin/es-retention.mjs replay --renamed ${id}=<new name>. Where it is to go, keep it in the policy until its erasures are done.`,
    };
  });

/** Erasures past their deadline in ledgers under another prefix: a policy that got another one looks away from what it owed. Pure. */
export const erasuresElsewhere = (
  { indexPrefix }: Pick<RetentionPolicy, 'indexPrefix'>,
  overdue: readonly OverdueElsewhere[],
): readonly Finding[] =>
  overdue.map(({ index, subjects }) => ({
    code: 'orphaned-erasures',
    severity: 'blocking',
    index,
    subjects,
    expected: `what the categories of this policy owe in ledgers that begin with ${indexPrefix} (indexPrefix)`,
    found: `${subjects} past the deadline in a ledger under another prefix`,
    fix: `Where this policy had another indexPrefix before, give it back until node bin/es-retention.mjs status owes nothing. Or go on with the new one: node bin/es-retention.mjs replay records what the archive (RETENTION_ARCHIVE) has; once status shows these erasures, DELETE /${index}. Where another policy works with that ledger, verify under that policy says what is in the way.`,
  }));

/** How many erasures are open in a category. */
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

/** Nobody can tell what stands in an archive that nobody names, and recording always had one. */
export const noArchive = (): Finding =>
  copiesFinding(
    'no archive: RETENTION_ARCHIVE is not set, and events were recorded',
    `Set RETENTION_ARCHIVE to the place that terminations are recorded with. ${UNTIL_THEN}`,
  );

/** From when on copies must be known to every event log. */
export const archivedFrom = (policy: Pick<RetentionPolicy, 'backups' | 'reports'>, now: Instant): Instant =>
  now - archivePeriods(policy).events + MARGIN;

/**
 * The ids of the archive's copies that every event log must have.
 * @param since of those that were put there from this instant on.
 * @returns with a finding where the archive does not answer; neither where none is configured.
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

/** Copies in the archive that an event log does not know. Pure. */
export const forgottenCopies = (missing: number): readonly Finding[] => {
  const fix = `node bin/es-retention.mjs replay records them again. Those that it says do not open: mend them, or take them away, as it says. ${UNTIL_THEN}`;
  return missing === 0 ? [] : [copiesFinding(`${missing} that it does not know`, fix, missing)];
};

/** Whether there are, or may be, copies that nobody has read. One of them may say that somebody came back. */
export const mayHideReturn = (findings: readonly Finding[]): boolean =>
  findings.some(({ code }) => code === 'forgotten-copies');
