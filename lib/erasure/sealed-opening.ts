import { createCipheriv, createDecipheriv, createHmac, hkdfSync, type KeyObject } from 'node:crypto';
import type { Instant } from '../policy/instant.ts';
import { currentKey, type KeyRing, type NamedKey } from './key-ring.ts';
import type { Closure, LedgerEntry } from './ledger-entry.ts';

/** An opening as the ledger keeps it: encrypted, so that nobody can try accounts against a commitment without the key. */
export interface SealedOpening {
  /** The version of the subject key under which it is sealed. */
  readonly kid: string;
  /** Nonce, ciphertext and tag, as base64url. */
  readonly sealed: string;
}

/** To which closure an opening belongs. It opens nowhere else. */
export interface OpeningPlace {
  readonly entry: Pick<LedgerEntry, 'trigger' | 'subject'>;
  readonly closedAt: Instant;
}

type SubjectKeys = Pick<KeyRing, 'subject'>;

/** {@link sealOpening} under the keys of a run. */
export type SealOpening = (opening: string, place: OpeningPlace) => SealedOpening;

const PURPOSE = 'es-retention/opening/1';
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const keysOf = (key: KeyObject): { readonly cipher: Buffer; readonly nonce: Buffer } => {
  const bytes = Buffer.from(hkdfSync('sha256', key, '', PURPOSE, 2 * KEY_BYTES));
  return { cipher: bytes.subarray(0, KEY_BYTES), nonce: bytes.subarray(KEY_BYTES) };
};

/** The entry's id without its category, which may be renamed, and the instant. */
const boundTo = ({ entry: { trigger, subject }, closedAt }: OpeningPlace): string =>
  JSON.stringify([PURPOSE, trigger, subject.kid, subject.hash, closedAt]);

/** The version under which the entry's subject stands, or the current one where that was destroyed. */
const versionFor = ({ entry }: OpeningPlace, { subject }: SubjectKeys): NamedKey => {
  const { kid } = entry.subject;
  const key = subject.keys.get(kid);
  return key === undefined ? currentKey(subject) : { kid, key };
};

/**
 * Seals an opening: AES-256-GCM under a key that HKDF-SHA-256 derives from the subject key of the entry, bound to the entry and to the
 * instant of its closure. It can be opened as long as that version of the subject key is there. The nonce is derived from the opening
 * (an HMAC, as in SIV constructions, RFC 5297), which is random itself.
 * @param opening 32 random bytes as base64url.
 */
export const sealOpening = (opening: string, place: OpeningPlace, ring: SubjectKeys): SealedOpening => {
  const { kid, key } = versionFor(place, ring);
  const keys = keysOf(key);
  const bound = boundTo(place);
  const nonce = createHmac('sha256', keys.nonce).update(`${bound}\n${opening}`).digest().subarray(0, NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, keys.cipher, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(bound));
  const text = Buffer.concat([cipher.update(opening, 'utf8'), cipher.final()]);
  return { kid, sealed: Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url') };
};

/**
 * Opens what {@link sealOpening} sealed.
 * @returns undefined where the key's version is not in the ring, or where it was sealed for another entry or instant, or altered.
 */
export const openSealed = (
  { kid, sealed }: SealedOpening,
  place: OpeningPlace,
  { subject }: SubjectKeys,
): string | undefined => {
  const key = subject.keys.get(kid);
  const bytes = Buffer.from(sealed, 'base64url');
  if (key === undefined || bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, keysOf(key).cipher, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
    .setAAD(Buffer.from(boundTo(place)))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    return undefined;
  }
};

/**
 * What opens the commitment of a closure.
 * @param entry the one that the closure stands in.
 * @returns undefined where it does not open: the version of the subject key that it was sealed under is gone.
 */
export const openingOf = (
  entry: OpeningPlace['entry'],
  { opening, closedAt }: Pick<Closure, 'opening' | 'closedAt'>,
  ring: SubjectKeys,
): string | undefined => (typeof opening === 'string' ? opening : openSealed(opening, { entry, closedAt }, ring));
