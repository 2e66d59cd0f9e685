import type { KeyObject } from 'node:crypto';

/** The three kinds of keys. Each is rotated and destroyed separately, with different consequences (docs/keys.md). */
export const KEY_KINDS = ['subject', 'signing', 'archive'] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

/** Every version of one kind of key by its `kid`. New data uses the `current` version, which is always in `keys`. */
export interface KeyVersions {
  readonly current: string;
  readonly keys: ReadonlyMap<string, KeyObject>;
}

/**
 * The secrets for erasure. They are key objects, not bytes, so that printing or serialising a key does not reveal it.
 */
export interface KeyRing {
  /** 32 bytes each: HMAC-SHA-256 over subjects. */
  readonly subject: KeyVersions;
  /** Private Ed25519 keys that sign receipts. */
  readonly signing: KeyVersions;
  /** 32 bytes each: AES-256-GCM for the archive. */
  readonly archive: KeyVersions;
}

/** All versions of the key that hashes subjects. */
export type SubjectKeys = Pick<KeyRing, 'subject'>;

/** A key with its version. */
export interface NamedKey {
  readonly kid: string;
  readonly key: KeyObject;
}

/**
 * The version for new data.
 * @throws RangeError if `current` is not in `keys`, which a parsed ring never allows.
 */
export const currentKey = ({ current, keys }: KeyVersions): NamedKey => {
  const key = keys.get(current);
  if (key === undefined) throw new RangeError('the current key is not among the keys');
  return { kid: current, key };
};

/** Every version, the current one first. */
export const allKeys = (versions: KeyVersions): readonly NamedKey[] => [
  currentKey(versions),
  ...[...versions.keys].filter(([kid]) => kid !== versions.current).map(([kid, key]) => ({ kid, key })),
];
