import { createCipheriv, createDecipheriv, createHmac, hkdfSync, type KeyObject } from 'node:crypto';
import { currentKey, type NamedKey, type SubjectKeys } from '../subjects/key-ring.ts';
import type {
  Closure,
  ErasureProgress,
  LedgerEntry,
  Obligation,
  PolicyAtClosure,
  SealedOpening,
} from './ledger-entry.ts';

/** Everything a closure says apart from its opening and its receipt's id. A watched closure has no obligation yet. */
export type ClosureFacts = Omit<Closure, 'opening' | 'receipt' | 'withoutReceipt' | 'reopenedAt' | 'obligation'> &
  Partial<Pick<Closure, 'obligation'>>;

/** The closure of an opening. The opening cannot be opened for any other closure. */
export interface OpeningPlace {
  readonly entry: Pick<LedgerEntry, 'trigger' | 'scope' | 'subject'>;
  readonly facts: ClosureFacts;
}

/** {@link sealOpening} with the keys of a run. */
export type SealOpening = (opening: string, place: OpeningPlace) => SealedOpening;

const PURPOSE = 'es-retention/opening/1';
/**
 * The purpose text of openings that are bound to everything their closure says. Openings of earlier versions are bound
 * only to the entry and the instant.
 */
const WHOLE = 'es-retention/opening/2';
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

interface SealKeys {
  readonly cipher: Buffer;
  readonly nonce: Buffer;
}

/** Derived keys, once for each version of the subject key: a run checks thousands of openings. */
const derived = new WeakMap<KeyObject, SealKeys>();

const keysOf = (key: KeyObject): SealKeys => {
  const known = derived.get(key);
  if (known !== undefined) return known;
  const bytes = Buffer.from(hkdfSync('sha256', key, '', PURPOSE, 2 * KEY_BYTES));
  const keys = { cipher: bytes.subarray(0, KEY_BYTES), nonce: bytes.subarray(KEY_BYTES) };
  derived.set(key, keys);
  return keys;
};

const obligationFacts = ({ requestId, heardAt, terminatedAt, eraseFrom, eraseBy, immediate }: Obligation) => [
  requestId,
  heardAt,
  terminatedAt,
  eraseFrom,
  eraseBy,
  immediate,
];

const progressFacts = ({ documentsErased, firstErasedAt, verifiedAt, newUse, indices }: ErasureProgress) => [
  documentsErased,
  firstErasedAt ?? null,
  verifiedAt ?? null,
  newUse,
  indices,
];

const heldFacts = ({ held }: Pick<ClosureFacts, 'held'>) =>
  held === undefined ? [] : [held.map(({ hold, from, to }) => [hold, from, to ?? null])];

const policyFacts = ({ policyVersion, promise, patterns }: PolicyAtClosure) => {
  const { title, quote, source, sourceDate, deadline } = promise;
  return [policyVersion, title, quote, source, sourceDate, deadline, patterns];
};

/**
 * The facts to which an opening is bound: the entry's id without its category, which may be renamed, and every fact
 * that a receipt contains or that identifies it.
 */
const boundTo = ({ entry: { trigger, scope, subject }, facts }: OpeningPlace): string => {
  const { state, obligation, progress, closedAt, metUnder, commitment, again } = facts;
  return JSON.stringify([
    WHOLE,
    trigger,
    scope,
    subject.kid,
    subject.hash,
    state,
    closedAt,
    commitment,
    obligation === undefined ? null : obligationFacts(obligation),
    progressFacts(progress),
    policyFacts(metUnder),
    // Openings of earlier versions are not bound to such facts.
    ...heldFacts(facts),
    ...(again === undefined ? [] : [again]),
  ]);
};

const boundEarlier = ({ entry: { trigger, subject }, facts: { closedAt } }: OpeningPlace): string =>
  JSON.stringify([PURPOSE, trigger, subject.kid, subject.hash, closedAt]);

/** The key version of the entry's subject, or the current version if that one was destroyed. */
const versionFor = ({ entry }: OpeningPlace, { subject }: SubjectKeys): NamedKey => {
  const { kid } = entry.subject;
  const key = subject.keys.get(kid);
  return key === undefined ? currentKey(subject) : { kid, key };
};

const sealBound = (opening: string, bound: string, { kid, key }: NamedKey): SealedOpening => {
  const keys = keysOf(key);
  const nonce = createHmac('sha256', keys.nonce).update(`${bound}\n${opening}`).digest().subarray(0, NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, keys.cipher, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(bound));
  const text = Buffer.concat([cipher.update(opening, 'utf8'), cipher.final()]);
  return { kid, sealed: Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url') };
};

/**
 * Seals an opening with AES-256-GCM. The key is derived by HKDF-SHA-256 from the subject key of the entry. The result
 * is bound to the entry and to every fact of its closure, and can be opened while that key version exists. The nonce is
 * derived from the opening, which is random itself (an HMAC, as in SIV constructions, RFC 5297).
 * @param opening 32 random bytes as base64url.
 */
export const sealOpening = (opening: string, place: OpeningPlace, keys: SubjectKeys): SealedOpening =>
  sealBound(opening, boundTo(place), versionFor(place, keys));

/**
 * Seals an opening that an earlier version left unsealed. It is bound to the entry and the instant only, since nothing
 * proves the rest of its closure.
 */
export const sealEarlierOpening = (opening: string, place: OpeningPlace, keys: SubjectKeys): SealedOpening =>
  sealBound(opening, boundEarlier(place), versionFor(place, keys));

const openBound = ({ kid, sealed }: SealedOpening, bound: string, { subject }: SubjectKeys): string | undefined => {
  const key = subject.keys.get(kid);
  const bytes = Buffer.from(sealed, 'base64url');
  if (key === undefined || bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, keysOf(key).cipher, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
    .setAAD(Buffer.from(bound))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    return undefined;
  }
};

/**
 * Opens what {@link sealOpening} sealed.
 * @returns undefined if the key version is not in the ring, if the opening was sealed for another entry or other facts,
 *   or if it was altered.
 */
export const openSealed = (sealed: SealedOpening, place: OpeningPlace, keys: SubjectKeys): string | undefined =>
  openBound(sealed, boundTo(place), keys);

type Sealable = ClosureFacts & Pick<Closure, 'opening'>;

/** The opening of a closure whose facts are all proven; undefined for others, including those of earlier versions. */
export const provenOpening = (
  entry: OpeningPlace['entry'],
  closure: Sealable,
  keys: SubjectKeys,
): string | undefined =>
  typeof closure.opening === 'string' ? undefined : openSealed(closure.opening, { entry, facts: closure }, keys);

/**
 * The opening of a closure's commitment, even if an earlier version proved only the entry and the instant, or nothing.
 * @param entry the entry that contains the closure.
 * @returns undefined if it cannot be opened, because the version of the subject key that sealed it is gone.
 */
export const openingOf = (entry: OpeningPlace['entry'], closure: Sealable, keys: SubjectKeys): string | undefined =>
  typeof closure.opening === 'string'
    ? closure.opening
    : (provenOpening(entry, closure, keys) ??
      openBound(closure.opening, boundEarlier({ entry, facts: closure }), keys));
