import { readIdentifier } from '../erasure/identifier.ts';
import { entryId, type LedgerEntry } from '../erasure/ledger-entry.ts';
import { subjectHashes } from '../erasure/subject-hash.ts';
import { TRIGGERS } from '../policy/policy-schema.ts';
import type { Category } from '../policy/retention-policy.ts';
import { InputError } from '../purge/errors.ts';
import type { Session } from './session.ts';

/** Whom a command is about: `--uin`, and `--app` for one application of it. */
export interface AskedSubject {
  readonly uin: string;
  readonly app?: string;
}

/**
 * Makes sure that both can name somebody: of a misspelt account nothing was ever heard either.
 * @throws InputError `bad-termination`, as `terminate` does
 */
export const assertSubject = ({ uin, app }: AskedSubject): void => {
  readIdentifier(uin, '--uin');
  if (app !== undefined) readIdentifier(app, '--app');
};

/**
 * Whom `--uin` and `--app` name, where both may be left out.
 * @throws InputError `app-without-uin`, and what {@link assertSubject} does
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
    wayOut: 'Name the account that the application belongs to.',
  });
};

/** More entries than one subject has: one for each category, trigger and version of the key. */
const MOST = 10_000;

/**
 * What the ledger holds of exactly this subject, under every version of the key: in these categories, and in those of which the policy
 * knows nothing, or no rule any more.
 * @throws InputError without keys; WorldError when the ledger does not answer.
 */
export const entriesOf = async (
  { erasure }: Pick<Session, 'erasure'>,
  categories: readonly Category[],
  { uin, app }: AskedSubject,
): Promise<readonly LedgerEntry[]> => {
  const hashes = subjectHashes({ uin, ...(app !== undefined && { sdkAppId: app }) }, await erasure.keyRing());
  const ids = categories.flatMap(({ id }) =>
    TRIGGERS.flatMap((trigger) => hashes.map((hash) => entryId(id, trigger, hash))),
  );
  const named = await erasure.ledger.read(ids);
  const { entries } = await erasure.ledger.find({ hashes: hashes.map(({ hash }) => hash) }, MOST);
  const found = new Map([...entries.map((read) => [read.entry.id, read] as const), ...named]);
  return [...found.values()].map(({ entry }) => entry);
};

/**
 * The versions of the subject key under which erasures are owed, and which the ring has not got: whoever stands under them is
 * not found.
 * @throws InputError without keys; WorldError when the ledger does not answer.
 */
export const kidsNotInRing = async ({ erasure }: Pick<Session, 'erasure'>): Promise<readonly string[]> => {
  const { subject } = await erasure.keyRing();
  return (await erasure.ledger.kidsOfOpen()).filter((kid) => !subject.keys.has(kid));
};

/** What that means, for people. */
export const ringTooOldLines = (kids: readonly string[]): readonly string[] =>
  kids.length === 0
    ? []
    : [
        `The key ring has no subject key ${kids.join(', ')}, under which erasures are owed: nobody who stands under it is found. Use the ring of the newest rotation.`,
      ];
