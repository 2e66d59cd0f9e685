import type { KeyObject } from 'node:crypto';
import { sealedAnew } from '../receipts/seal-closed-watch.ts';
import { keyedDigest } from '../subjects/digest.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';
import { subjectHash } from '../subjects/subject-hash.ts';
import { isOpen, type LedgerEntry, type Obligation } from './ledger-entry.ts';

const PURPOSE = 'es-retention/obligation/3';
/** Of an earlier version: it covers the account and the dates, and neither request ids, nor when they were heard, nor progress. */
const EARLIER = 'es-retention/obligation/2';

/** What a proof covers: all that an open entry says, and its id without the category, which may be renamed. */
type Proven = Pick<
  LedgerEntry,
  'trigger' | 'scope' | 'subject' | 'uin' | 'sdkAppId' | 'obligation' | 'events' | 'progress'
>;
const eventFacts = ({ events }: Proven): string =>
  JSON.stringify(
    events.map(({ type, at, immediate, requestId, heardAt }) => [type, at, immediate, requestId, heardAt]),
  );

const progressFacts = ({ progress }: Proven): string => {
  const { documentsErased, claimed, claimedFor, firstErasedAt, verifiedAt, newUse, indices } = progress;
  const maybe = [claimed, claimedFor, firstErasedAt, verifiedAt].map((each) => each ?? null);
  return JSON.stringify([documentsErased, ...maybe, newUse, indices]);
};

const accountAndDates = (
  { trigger, subject: { kid, hash }, uin, sdkAppId }: Proven,
  { terminatedAt, eraseFrom, eraseBy, immediate }: Obligation,
) => [trigger, kid, hash, uin ?? null, sdkAppId ?? null, terminatedAt, eraseFrom, eraseBy, immediate];

const earlierProofOf = (entry: Proven, obligation: Obligation, key: KeyObject): string =>
  keyedDigest(key, 'base64url', EARLIER, ...accountAndDates(entry, obligation));

const proofOf = (entry: Proven, obligation: Obligation, key: KeyObject): string => {
  const { requestId, heardAt } = obligation;
  const beside = [entry.scope, requestId, heardAt, eventFacts(entry), progressFacts(entry)];
  return keyedDigest(key, 'base64url', PURPOSE, ...accountAndDates(entry, obligation), ...beside);
};

/** Whether an entry names the account that its hash stands for. */
const namesItsOwn = ({ uin = '', sdkAppId, scope, subject }: Proven, key: KeyObject): boolean => {
  const named = subjectHash({ uin, ...(sdkAppId !== undefined && { sdkAppId }) }, key);
  return named === subject.hash && (sdkAppId === undefined) === (scope === 'account');
};

const proved = (entry: LedgerEntry, { subject }: SubjectKeys, by: typeof proofOf): LedgerEntry => {
  const key = subject.keys.get(entry.subject.kid);
  const { obligation } = entry;
  if (key === undefined || obligation === undefined || !isOpen(entry) || !namesItsOwn(entry, key)) return entry;
  return { ...entry, obligation: { ...obligation, proof: by(entry, obligation, key) } };
};

/**
 * An open entry with a proof of what it says: HMAC-SHA-256 under the version of the subject key that its hash stands under.
 * Never proves an entry that is closed, or that names another account than its hash stands for: a proof that outlives the name would
 * tell a guess that is right. Never proves what an open entry of before said without one: somebody may have edited it. Where that one has
 * an earlier proof, so has this one.
 * @param before the entry that it was made of; absent where it was worked out from what is believed.
 */
export const withProof = (entry: LedgerEntry, ring: SubjectKeys, before?: LedgerEntry): LedgerEntry => {
  if (before === undefined || !isOpen(before)) return proved(entry, ring, proofOf);
  if (isWhollyProvenBy(before, ring)) return proved(sealedAnew(entry, before, ring), ring, proofOf);
  if (isProvenBy(before, ring)) return proved(entry, ring, earlierProofOf);
  const { obligation } = entry;
  return obligation === undefined ? entry : { ...entry, obligation: withoutProof(obligation) };
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
  const proofs = [proofOf(entry, obligation, key), earlierProofOf(entry, obligation, key)];
  const isMade = proofs.some((proof) => proof === obligation.proof);
  return isMade && isNamed;
};

const keyOf = ({ subject: { kid } }: Proven, { subject }: SubjectKeys): KeyObject | undefined => subject.keys.get(kid);

/** {@link isProven} by the version of the key that the entry stands under; false where the ring does not have it. */
export const isProvenBy = (entry: LedgerEntry, ring: SubjectKeys): boolean => {
  const key = keyOf(entry, ring);
  return key !== undefined && isProven(entry, key);
};

/** Whether the proof of an entry covers all that it says, its requests among it: then a person may choose it by these. */
export const isWhollyProvenBy = (entry: LedgerEntry, ring: SubjectKeys): boolean => {
  const key = keyOf(entry, ring);
  const { obligation } = entry;
  if (key === undefined || obligation === undefined || !isOpen(entry)) return false;
  const isNamed = namesItsOwn(entry, key);
  return proofOf(entry, obligation, key) === obligation.proof && isNamed;
};
