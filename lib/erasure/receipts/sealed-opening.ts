import { createCipheriv, createDecipheriv, createHmac, hkdfSync, type KeyObject } from 'node:crypto';
import type {
  Closure,
  ErasureProgress,
  LedgerEntry,
  MetUnder,
  Obligation,
  SealedOpening,
} from '../ledger/ledger-entry.ts';
import { currentKey, type NamedKey, type SubjectKeys } from '../subjects/key-ring.ts';

/** All that a closure says beside its opening and its receipt's id. What is only watched owes nothing that is met yet. */
export type ClosureFacts = Omit<Closure, 'opening' | 'receipt' | 'withoutReceipt' | 'obligation'> &
  Partial<Pick<Closure, 'obligation'>>;

/** To which closure an opening belongs. It opens nowhere else. */
export interface OpeningPlace {
  readonly entry: Pick<LedgerEntry, 'trigger' | 'scope' | 'subject'>;
  readonly facts: ClosureFacts;
}

/** {@link sealOpening} under the keys of a run. */
export type SealOpening = (opening: string, place: OpeningPlace) => SealedOpening;

const PURPOSE = 'es-retention/opening/1';
/** Of openings that are bound to all that their closure says. Those of earlier versions are bound to its entry and instant alone. */
const WHOLE = 'es-retention/opening/2';
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

interface SealKeys {
  readonly cipher: Buffer;
  readonly nonce: Buffer;
}

/** Derived once for each version of the subject key: thousands of openings are looked at in a run. */
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

const policyFacts = ({ policyVersion, promise, patterns }: MetUnder) => {
  const { title, quote, source, sourceDate, deadline } = promise;
  return [policyVersion, title, quote, source, sourceDate, deadline, patterns];
};

/** The entry's id without its category, which may be renamed, and every fact that a receipt says or is known by. */
const boundTo = ({ entry: { trigger, scope, subject }, facts }: OpeningPlace): string => {
  const { state, obligation, progress, closedAt, metUnder, commitment } = facts;
  return JSON.stringify([
    ...[WHOLE, trigger, scope, subject.kid, subject.hash, state, closedAt, commitment],
    obligation === undefined ? null : obligationFacts(obligation),
    progressFacts(progress),
    policyFacts(metUnder),
  ]);
};

const boundEarlier = ({ entry: { trigger, subject }, facts: { closedAt } }: OpeningPlace): string =>
  JSON.stringify([PURPOSE, trigger, subject.kid, subject.hash, closedAt]);

/** The version under which the entry's subject stands, or the current one where that was destroyed. */
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
 * Seals an opening: AES-256-GCM under a key that HKDF-SHA-256 derives from the subject key of the entry, bound to the entry and to every
 * fact of its closure. It can be opened as long as that version of the subject key is there. The nonce is derived from the opening
 * (an HMAC, as in SIV constructions, RFC 5297), which is random itself.
 * @param opening 32 random bytes as base64url.
 */
export const sealOpening = (opening: string, place: OpeningPlace, ring: SubjectKeys): SealedOpening =>
  sealBound(opening, boundTo(place), versionFor(place, ring));

/** Seals an opening that an earlier version left open, bound to the entry and the instant alone: nobody can prove what else its closure says. */
export const sealEarlierOpening = (opening: string, place: OpeningPlace, ring: SubjectKeys): SealedOpening =>
  sealBound(opening, boundEarlier(place), versionFor(place, ring));

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
 * @returns undefined where the key's version is not in the ring, or where it was sealed for another entry or other facts, or altered.
 */
export const openSealed = (sealed: SealedOpening, place: OpeningPlace, ring: SubjectKeys): string | undefined =>
  openBound(sealed, boundTo(place), ring);

type Sealable = ClosureFacts & Pick<Closure, 'opening'>;

/** What opens a closure of which every fact is proved; undefined for others, those of earlier versions among them. */
export const provenOpening = (
  entry: OpeningPlace['entry'],
  closure: Sealable,
  ring: SubjectKeys,
): string | undefined =>
  typeof closure.opening === 'string' ? undefined : openSealed(closure.opening, { entry, facts: closure }, ring);

/**
 * What opens the commitment of a closure, also one of which an earlier version proved the entry and the instant alone, or nothing.
 * @param entry the one that the closure stands in.
 * @returns undefined where it does not open: the version of the subject key that it was sealed under is gone.
 */
export const openingOf = (entry: OpeningPlace['entry'], closure: Sealable, ring: SubjectKeys): string | undefined =>
  typeof closure.opening === 'string'
    ? closure.opening
    : (provenOpening(entry, closure, ring) ??
      openBound(closure.opening, boundEarlier({ entry, facts: closure }), ring));
