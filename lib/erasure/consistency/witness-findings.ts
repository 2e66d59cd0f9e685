import type { Finding } from '../../criteria/finding.ts';
import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import { describeDuration } from '../../policy/time/duration.ts';
import type { Alteration } from '../ledger/entry-check.ts';

/** A ledger that this policy does not use, and the number of overdue erasures in it. */
export interface OverdueElsewhere {
  readonly index: string;
  readonly subjects: number;
}

/** The maximum number of instants that are named. */
const MAX_INSTANTS_NAMED = 3;

/**
 * Findings for events that are in no entry of a category.
 * @param heardAt when each of them was recorded.
 * @param log name of the event log's index.
 */
export const forgottenEvents = (
  category: string,
  heardAt: readonly string[],
  memory: number,
  log: string,
): readonly Finding[] =>
  heardAt.length === 0
    ? []
    : [
        {
          code: 'forgotten-events',
          severity: 'blocking',
          subjects: heardAt.length,
          expected: `an entry in the ledger for every event of the last ${describeDuration(memory)}`,
          found: `${heardAt.length} that no entry of "${category}" contains, stored at ${heardAt.slice(0, MAX_INSTANTS_NAMED).join(', ')}${heardAt.length > MAX_INSTANTS_NAMED ? ', …' : ''}`,
          fix: `node bin/es-retention.mjs replay records the events of the archive again. Record the events that the archive has lost with node bin/es-retention.mjs terminate (or reinstate), then run replay once more. If an event is still named after that, somebody else wrote it, with a key that may add to ${log}. Find out who, make new keys, find the event with POST /${log}/_search?_source_excludes=alsoUnder {"query": {"term": {"heardAt": "<instant>"}}}, and remove it by its id: DELETE /${log}/_doc/<id>. If it was a genuine event, replay stores it again.`,
        },
      ];

const WORDS: Readonly<Record<Alteration, string>> = {
  altered: 'differing from its hash, its proof or its events',
  closure: 'with a closed erasure that nobody can prove, and that gets no receipt',
  copied: 'with a closed erasure that was not sealed for it',
  hidden: 'that searches do not find by what it says, since it is indexed otherwise',
  key: 'under a version of the subject key that the key ring has not got',
  shape: 'without the shape of an entry',
  stranger: 'that is no entry at all',
};

const ADVICE: Readonly<Record<Alteration, string>> = {
  altered: ' What the archive does not have: node bin/es-retention.mjs terminate again, and then replay once more.',
  closure:
    ' Of a closed erasure that nobody can prove, replay keeps that it is done, and waits for no receipt: node bin/es-retention.mjs terminate again for a receipt.',
  copied:
    ' What replay leaves of those with an erasure that was not sealed for them, no event tells of: remove it by its id: DELETE /<ledger>/_doc/<id>.',
  hidden: '',
  shape: '',
  stranger:
    ' What is no entry stands under an id that is not <category>/<trigger>/<key>/<hash>: look for it with GET /<ledger>/_search?_source=false, and remove it by its id: DELETE /<ledger>/_doc/<id>.',
  key: ' Use the key ring with every version of the subject key; where that version was destroyed, replay moves to the current one what the archive knows.',
};

/** Findings for entries of one category that are not believed. */
export const alteredEntries = (
  category: string,
  alterations: readonly Alteration[],
  ledger: string,
): readonly Finding[] => {
  if (alterations.length === 0) return [];
  const kinds = [...new Set(alterations)].toSorted();
  const counted = kinds.map((kind) => `${alterations.filter((each) => each === kind).length} ${WORDS[kind]}`);
  return [
    {
      code: 'altered-entry',
      severity: 'blocking',
      subjects: alterations.length,
      expected: `entries of "${category}" that agree with their hashes, their proofs and their events`,
      found: `${counted.join(', ')}; nothing is erased for them`,
      fix: `Find out who edited the ledger. node bin/es-retention.mjs replay works these entries out again, from the events and the archive.${kinds.map((kind) => ADVICE[kind].replaceAll('<ledger>', ledger)).join('')}`,
    },
  ];
};

/** Findings for edited events. */
export const alteredEvents = (subjects: number): readonly Finding[] =>
  subjects === 0
    ? []
    : [
        {
          code: 'altered-event',
          severity: 'blocking',
          subjects,
          expected: 'events whose ids match their content, and which a search for that content finds',
          found: `${subjects} whose content does not fit, or that are indexed differently; they are not believed`,
          fix: 'Find out who edited the event log. node bin/es-retention.mjs replay restores the edited events from the archive, and removes those of which the archive has no copy. Record these again with node bin/es-retention.mjs terminate (or reinstate).',
        },
      ];

/**
 * Findings for open entries that no run erases: their category is not in the policy, or has no termination rule there.
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
 * the erasures that it owed before.
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

const copiesFinding = (found: string, fix: string, subjects = 0): Finding => ({
  code: 'forgotten-copies',
  severity: 'blocking',
  subjects,
  expected: 'every event of the archive in the event log',
  found,
  fix,
});

const UNTIL_THEN = 'Until then nobody is erased here: a reinstatement may be among them.';

/**
 * The finding for events recorded without a configured archive. Recording always needs an archive, and the content of
 * that archive is unknown now.
 */
export const noArchive = (): Finding =>
  copiesFinding(
    'no archive: RETENTION_ARCHIVE is not set, and events were recorded',
    `Set RETENTION_ARCHIVE to the place that terminations are recorded with. ${UNTIL_THEN}`,
  );

/** The finding for an archive that does not say which copies it has. */
export const unreadArchive = (why: string): Finding =>
  copiesFinding(`an archive that does not say: ${why}`, `The next run asks again. ${UNTIL_THEN}`);

/** The finding for archive copies that are missing in an event log. */
export const forgottenCopies = (missing: number): readonly Finding[] => {
  const fix = `node bin/es-retention.mjs replay records them again. Fix or remove those that do not open, as it says. ${UNTIL_THEN}`;
  return missing === 0 ? [] : [copiesFinding(`${missing} that it does not know`, fix, missing)];
};
