import type { KeyObject } from 'node:crypto';
import { keyedDigest } from '../subjects/digest.ts';
import type { SubjectKeys } from '../subjects/key-ring.ts';
import { subjectHash } from '../subjects/subject-hash.ts';
import { isOpen, type LedgerEntry, type Obligation, reopenedClosure } from './ledger-entry.ts';
import { sealedAnew } from './seal-watched-closure.ts';

const PURPOSE = 'es-retention/obligation/3';
/**
 * The purpose text of proofs by an earlier version. They cover account and dates, but not request ids, recording times
 * or progress.
 */
const EARLIER = 'es-retention/obligation/2';

/** The content of a proof: everything in an open entry, and its id without the category, which may be renamed. */
type Proven = Pick<
  LedgerEntry,
  'trigger' | 'scope' | 'subject' | 'uin' | 'sdkAppId' | 'obligation' | 'events' | 'progress' | 'closures'
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
  const reopenedAt = reopenedClosure(entry)?.reopenedAt;
  const again = reopenedAt === undefined ? [] : [reopenedAt];
  const beside = [entry.scope, requestId, heardAt, eventFacts(entry), progressFacts(entry), ...again];
  return keyedDigest(key, 'base64url', PURPOSE, ...accountAndDates(entry, obligation), ...beside);
};

/** Whether an entry names the account of its hash. */
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
 * Adds a proof to an open entry: HMAC-SHA-256 over its content, with the key version of its hash. It must never prove:
 * - a closed entry, or an entry that names an account other than the account of its hash: the proof would reveal
 *   whether a guess is right;
 * - an open entry that had no proof before: somebody may have edited it. If the previous entry has an earlier kind of
 *   proof, the new one gets the same kind.
 * @param before the previous entry; absent if the new one was rebuilt from believed records.
 */
export const withProof = (entry: LedgerEntry, keys: SubjectKeys, before?: LedgerEntry): LedgerEntry => {
  if (before === undefined || !isOpen(before)) return proved(entry, keys, proofOf);
  if (isWhollyProvenBy(before, keys)) return proved(sealedAnew(entry, before, keys), keys, proofOf);
  if (isProvenBy(before, keys)) return proved(entry, keys, earlierProofOf);
  const { obligation } = entry;
  return obligation === undefined ? entry : { ...entry, obligation: withoutProof(obligation) };
};

/** An obligation without its proof, as a closed entry keeps it: the proof is removed together with the identifiers. */
export const withoutProof = ({ proof, ...obligation }: Obligation): Obligation => obligation;

/**
 * Whether account and dates of an entry agree with its proof. For a closed entry the answer is false even for the right
 * account, because its proof cannot be made again. The whole computation is done before the decision, so that its
 * duration reveals nothing.
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

/** {@link isProven} with the key version of the entry; false if the ring does not have it. */
export const isProvenBy = (entry: LedgerEntry, keys: SubjectKeys): boolean => {
  const key = keyOf(entry, keys);
  return key !== undefined && isProven(entry, key);
};

/**
 * Whether the proof of an entry covers its whole content, including its requests. Then a person may select the entry by
 * its requests.
 */
export const isWhollyProvenBy = (entry: LedgerEntry, keys: SubjectKeys): boolean => {
  const key = keyOf(entry, keys);
  const { obligation } = entry;
  if (key === undefined || obligation === undefined || !isOpen(entry)) return false;
  const isNamed = namesItsOwn(entry, key);
  return proofOf(entry, obligation, key) === obligation.proof && isNamed;
};
