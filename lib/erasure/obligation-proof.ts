import type { KeyObject } from 'node:crypto';
import { keyedDigest } from './digest.ts';
import type { KeyRing } from './key-ring.ts';
import { isOpen, type LedgerEntry, type Obligation } from './ledger-entry.ts';
import { subjectHash } from './subject-hash.ts';

const PURPOSE = 'es-retention/obligation/2';

/** What a proof covers: an entry's account, and its id without the category, which may be renamed. */
type Proven = Pick<LedgerEntry, 'trigger' | 'scope' | 'subject' | 'uin' | 'sdkAppId' | 'obligation'>;

const proofOf = (
  { trigger, subject: { kid, hash }, uin, sdkAppId }: Proven,
  { terminatedAt, eraseFrom, eraseBy, immediate }: Obligation,
  key: KeyObject,
): string => {
  const account = [uin ?? null, sdkAppId ?? null];
  const dates = [terminatedAt, eraseFrom, eraseBy, immediate];
  return keyedDigest(key, 'base64url', PURPOSE, trigger, kid, hash, ...account, ...dates);
};

/** Whether an entry names the account that its hash stands for. */
const namesItsOwn = ({ uin = '', sdkAppId, scope, subject }: Proven, key: KeyObject): boolean => {
  const named = subjectHash({ uin, ...(sdkAppId !== undefined && { sdkAppId }) }, key);
  return named === subject.hash && (sdkAppId === undefined) === (scope === 'account');
};

/**
 * An open entry with a proof of its account and its dates: HMAC-SHA-256 under the version of the subject key that its hash stands under.
 * Never proves an entry that is closed, or that names another account than its hash stands for: a proof that outlives the name would
 * tell a guess that is right.
 */
export const withProof = (entry: LedgerEntry, { subject }: Pick<KeyRing, 'subject'>): LedgerEntry => {
  const key = subject.keys.get(entry.subject.kid);
  const { obligation } = entry;
  if (key === undefined || obligation === undefined || !isOpen(entry) || !namesItsOwn(entry, key)) return entry;
  return { ...entry, obligation: { ...obligation, proof: proofOf(entry, obligation, key) } };
};

/** An obligation as it stays when its entry is closed: the proof goes with the account's name. */
export const withoutProof = ({ proof: _, ...obligation }: Obligation): Obligation => obligation;

/**
 * Whether account and dates of an entry are those that its proof was made for. Nobody can make the proof of a closed entry again, so that
 * the answer is no for the right account too. All is worked out before anything is decided, so that the time does not tell either.
 */
export const isProven = (entry: Proven, key: KeyObject): boolean => {
  const { obligation } = entry;
  if (obligation === undefined) return false;
  const isNamed = namesItsOwn(entry, key);
  const isMade = proofOf(entry, obligation, key) === obligation.proof;
  return isMade && isNamed;
};

/** {@link isProven} by the version of the key that the entry stands under; false where the ring does not have it. */
export const isProvenBy = (entry: LedgerEntry, { subject }: Pick<KeyRing, 'subject'>): boolean => {
  const key = subject.keys.get(entry.subject.kid);
  return key !== undefined && isProven(entry, key);
};
