import type { SubjectKeys } from '../subjects/key-ring.ts';
import type { Subject } from '../subjects/subject.ts';
import { isOpen, type LedgerEntry } from './ledger-entry.ts';
import { isProvenBy } from './obligation-proof.ts';

/**
 * The subject of an entry, as far as it is believed: the entry is open, and has a proof of its account with the subject
 * key. The proof is needed, because anybody with access to the ledger could write another account into the entry. No
 * other code reads an account from a stored entry, except runs, which read entries that the witness believes, by the
 * same proof.
 * @returns undefined if it names nobody, or its account is not proven.
 */
export const believedSubject = (entry: LedgerEntry, keys: SubjectKeys): Subject | undefined => {
  const { uin, sdkAppId } = entry;
  if (uin === undefined || !isOpen(entry) || !isProvenBy(entry, keys)) return undefined;
  return { uin, ...(sdkAppId !== undefined && { sdkAppId }) };
};
