import { InputError } from '../../base/errors.ts';
import { readIdentifier } from '../../erasure/events/identifier.ts';
import type { Ledger } from '../../erasure/ledger/ledger.ts';
import { entryId, type LedgerEntry } from '../../erasure/ledger/ledger-entry.ts';
import { unmatchedKeyIds } from '../../erasure/ledger/unmatched-keys.ts';
import { type CategoryVisit, ledgerCategories } from '../../erasure/recording/category-visit.ts';
import { type SubjectHash, subjectHashes } from '../../erasure/subjects/subject-hash.ts';
import { TRIGGERS } from '../../policy/termination-trigger.ts';
import { printableIdentifier } from '../output/printable.ts';
import type { Session } from '../session.ts';

/** The subject of a command: `--uin`, and `--app` for one application of it. */
export interface AskedSubject {
  readonly uin: string;
  readonly app?: string;
}

/**
 * Checks that both are valid identifiers. Otherwise a misspelt account would seem to have no erasure.
 * @throws InputError `bad-termination`, as `terminate` does
 */
export const assertSubject = ({ uin, app }: AskedSubject): void => {
  readIdentifier(uin, '--uin');
  if (app !== undefined) readIdentifier(app, '--app');
};

/**
 * The subject of `--uin` and `--app` if both are optional.
 * @throws InputError `app-without-uin`, and the errors of {@link assertSubject}
 */
export const askedSubject = ({ uin, app }: Partial<AskedSubject>): AskedSubject | undefined => {
  if (uin !== undefined) {
    const subject = { uin, ...(app !== undefined && { app }) };
    assertSubject(subject);
    return subject;
  }
  if (app === undefined) return undefined;
  throw new InputError('app-without-uin', {
    expected: '--uin beside --app',
    found: '--app alone',
    fix: 'Name the account that the application belongs to.',
  });
};

/** More entries than one subject has in a category (one for each trigger and key version). */
const MAX_ENTRIES = 10_000;

/**
 * The entries of a subject in a category, found by id and by hash: an entry that was edited by hand may have lost one
 * of them.
 */
const entriesIn = async (
  category: string,
  hashes: readonly SubjectHash[],
  ledger: Pick<Ledger, 'read' | 'find'>,
): Promise<readonly LedgerEntry[]> => {
  const named = await ledger.read(
    TRIGGERS.flatMap((trigger) => hashes.map((hash) => entryId(category, trigger, hash))),
  );
  const { entries } = await ledger.find({ category, hashes: hashes.map(({ hash }) => hash) }, MAX_ENTRIES);
  const found = new Map([...entries.map((read) => [read.entry.id, read] as const), ...named]);
  return [...found.values()].map(({ entry }) => entry);
};

/**
 * The ledger entries of exactly this subject, under every key version. Looks into the categories of the policy, and
 * into categories outside the policy or without a rule.
 * @param visit collects the categories that do not answer.
 * @throws InputError without keys; TransientError if the names of the ledgers cannot be read.
 */
export const entriesOf = async (
  { policy, erasure }: Pick<Session, 'policy' | 'erasure'>,
  { uin, app }: AskedSubject,
  visit: CategoryVisit,
): Promise<readonly LedgerEntry[]> => {
  const hashes = subjectHashes({ uin, ...(app !== undefined && { sdkAppId: app }) }, await erasure.subjectKeys());
  const categories = await ledgerCategories(policy, erasure.ledger);
  const found = await visit.each(categories, (category) => entriesIn(category, hashes, erasure.ledger));
  return [...found.values()].flat();
};

/** Versions of the subject key under which a category owes erasures, and which are missing in the ring. */
export interface UnmatchedKeys {
  readonly category: string;
  readonly keyIds: readonly string[];
}

/**
 * The versions of the subject key under which erasures are owed, and which are missing in the ring, by category.
 * Subjects under these versions are not found.
 * @param visit collects the categories that do not answer.
 * @throws InputError without keys; TransientError if the names of the ledgers cannot be read.
 */
export const keyIdsNotInRing = async (
  { policy, erasure }: Pick<Session, 'policy' | 'erasure'>,
  visit: CategoryVisit,
): Promise<readonly UnmatchedKeys[]> => {
  const { subject } = await erasure.subjectKeys();
  const categories = await ledgerCategories(policy, erasure.ledger);
  const known = new Set(subject.keys.keys());
  const found = await visit.each(categories, (category) => unmatchedKeyIds(category, known, erasure.ledger));
  return [...found].flatMap(([category, keyIds]) => (keyIds.length === 0 ? [] : [{ category, keyIds }]));
};

/** The form that programs know from earlier versions: the key ids alone. */
export const keyIdsOf = (unmatched: readonly UnmatchedKeys[]): readonly string[] => [
  ...new Set(unmatched.flatMap(({ keyIds }) => keyIds)),
];

/** Explains for people what missing key versions mean. */
export const ringTooOldLines = (unmatched: readonly UnmatchedKeys[]): readonly string[] =>
  unmatched.map(
    ({ category, keyIds }) =>
      `The key ring has no subject key ${keyIds.map(printableIdentifier).join(', ')}, under which ${category} owes erasures: nobody who stands under it is found there. Use the ring of the newest rotation. Where no ring ever had it, somebody else wrote these entries: verify names them.`,
  );
