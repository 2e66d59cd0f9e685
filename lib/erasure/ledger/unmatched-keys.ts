import { InputError } from '../../base/errors.ts';
import { TRIGGERS } from '../../policy/termination-trigger.ts';
import type { AccountEvent } from '../events/account-event.ts';
import type { Subject } from '../subjects/subject.ts';
import type { Ledger } from './ledger.ts';
import { categoryOfEntry, isEntryId, type LedgerEntry, OPEN_STATES, originIn } from './ledger-entry.ts';

/**
 * The maximum number of entries under unknown key versions that are checked. If there are more, each of these versions
 * counts.
 */
const LOOKED_AT = 10_000;

/** Whether an entry may be genuine and belong to this account. A genuine open entry names its account. */
const couldBe = (entry: LedgerEntry, category: string, uin: string | undefined): boolean =>
  isEntryId(entry.id) &&
  categoryOfEntry(entry.id) === category &&
  TRIGGERS.includes(originIn(entry.id).trigger) &&
  (uin === undefined || entry.uin === undefined || entry.uin === uin);

/**
 * The versions of the subject key that are missing in a ring, and under which a category may owe an erasure. Each
 * category is checked separately: somebody who can write to one ledger must not affect another.
 * @param known the versions in the ring.
 * @param about the subject whose erasure is looked for; absent: any.
 * @throws TransientError if the ledger does not answer.
 */
export const unmatchedKeyIds = async (
  category: string,
  known: ReadonlySet<string>,
  ledger: Pick<Ledger, 'keyIdsOfOpen' | 'find'>,
  about?: Pick<Subject, 'uin'>,
): Promise<readonly string[]> => {
  const keyIds = (await ledger.keyIdsOfOpen(category)).filter((kid) => !known.has(kid));
  if (keyIds.length === 0) return [];
  const { entries, total } = await ledger.find({ category, states: OPEN_STATES, keyIds }, LOOKED_AT);
  if (total > entries.length) return keyIds;
  const possible = entries.filter(({ entry }) => couldBe(entry, category, about?.uin));
  const under = possible.map(({ entry }) => originIn(entry.id).hash.kid);
  return [...new Set(under)].filter((kid) => !known.has(kid));
};

/** The error for a category in which a reinstatement was recorded only for the key versions in the ring. */
export const ringTooOld = ({ requestId }: AccountEvent, category: string, keyIds: readonly string[]): InputError =>
  new InputError('ring-too-old', {
    expected: `a key ring with every subject key under which "${category}" owes erasures, so that none is missed`,
    found: `${requestId} is a reinstatement, and the ring has no subject key ${keyIds.map((kid) => `"${kid}"`).join(', ')}: the entries under it cannot be matched. All other entries were matched, and the event log of "${category}" has the reinstatement`,
    fix: 'Run the command again with the ring that has these keys: the ring of the newest rotation, with all its older versions. If no ring ever had such a key, somebody else wrote these entries: nothing is erased for them, and verify names them. Delete them from the ledger index, and find out who holds the key of that category.',
  });
