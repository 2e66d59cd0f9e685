import type { Subject } from '../events/termination-type.ts';
import { isOpen, type LedgerEntry } from '../ledger/ledger-entry.ts';
import { isProvenBy } from '../ledger/obligation-proof.ts';
import type { SubjectKeys } from './key-ring.ts';

/**
 * Whom an entry is about, as far as it is believed: open, and with a proof of its account under the subject key. Somebody may have
 * written any other account into it. Nothing else reads an account out of a stored entry: a run does so for entries that the witness
 * believes, by the same proof.
 * @returns undefined where it names nobody, or its account is not proven.
 */
export const believedSubject = (entry: LedgerEntry, ring: SubjectKeys): Subject | undefined => {
  const { uin, sdkAppId } = entry;
  if (uin === undefined || !isOpen(entry) || !isProvenBy(entry, ring)) return undefined;
  return { uin, ...(sdkAppId !== undefined && { sdkAppId }) };
};
