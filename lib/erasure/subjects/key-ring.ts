import type { KeyObject } from 'node:crypto';

/** The three kinds of key. They are rotated and destroyed one by one, and each means something else (docs/keys.md). */
export const KEY_KINDS = ['subject', 'signing', 'archive'] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

/** Every version of one kind of key by its `kid`, and which of them is used for what is new. `current` is always in `keys`. */
export interface KeyVersions {
  readonly current: string;
  readonly keys: ReadonlyMap<string, KeyObject>;
}

/**
 * The secrets that erasure works with. They are key objects, not bytes: neither printing one nor turning it into JSON shows
 * what is in it.
 */
export interface KeyRing {
  /** 32 bytes each: HMAC-SHA-256 over subjects. */
  readonly subject: KeyVersions;
  /** Private Ed25519 keys: receipts. */
  readonly signing: KeyVersions;
  /** 32 bytes each: AES-256-GCM of the archive. */
  readonly archive: KeyVersions;
}

/** The key that subjects are hashed with, in all its versions. */
export type SubjectKeys = Pick<KeyRing, 'subject'>;

/** A key with its version. */
export interface NamedKey {
  readonly kid: string;
  readonly key: KeyObject;
}

/**
 * The version that is used for what is new.
 * @throws RangeError if `current` names none, which a ring that was parsed never does.
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
