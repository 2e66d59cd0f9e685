import { TRIGGERS } from '../../policy/trigger.ts';
import { InputError } from '../../purge/errors.ts';
import type { TerminationEvent } from '../events/termination-event.ts';
import type { Subject } from '../events/termination-type.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { categoryOfEntry, isEntryId, type LedgerEntry, OPEN_STATES, originIn } from '../ledger/ledger-entry.ts';

/** More open entries under unknown versions than are looked through: then each of these versions counts. */
const LOOKED_AT = 10_000;

/** Whether an entry could be true, and stand for this account. A true one that is open names its account. */
const couldBe = (entry: LedgerEntry, category: string, uin: string | undefined): boolean =>
  isEntryId(entry.id) &&
  categoryOfEntry(entry.id) === category &&
  TRIGGERS.includes(originIn(entry.id).trigger) &&
  (uin === undefined || entry.uin === undefined || entry.uin === uin);

/**
 * The versions of the subject key that a ring has not got, and under which a category owes what may be somebody's erasure: nobody can tell
 * whose. Each category is judged alone: who writes into one ledger says nothing about another.
 * @param known the versions of the ring.
 * @param about whose erasure is looked for; everybody's where it is left out.
 * @throws TransientError when the ledger does not answer.
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

/** What is said of a category in which a reinstatement was recorded as far as the ring reaches. */
export const ringTooOld = ({ requestId }: TerminationEvent, category: string, keyIds: readonly string[]): InputError =>
  new InputError('ring-too-old', {
    expected: `a key ring with every subject key under which "${category}" owes erasures, so that none is missed`,
    found: `${requestId} is a reinstatement, and the ring has no subject key ${keyIds.map((kid) => `"${kid}"`).join(', ')}: the entries under it cannot be matched. All others were, and the event log of "${category}" has the reinstatement`,
    fix: 'Say it again with the ring that has them: that of the newest rotation, with all its older versions. Where no ring ever had such a key, somebody else wrote these entries: nothing is erased for them, and verify names them. Delete them from the ledger index, and look who holds the key of that category.',
  });
