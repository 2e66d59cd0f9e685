import type { Instant } from '../policy/time/instant.ts';
import type { KeyHolder } from './key-privileges.ts';

/** One of our API keys that the cluster accepts. */
export interface ValidKey {
  readonly id: string;
  readonly holder: string;
  readonly createdAt: Instant;
  readonly expiresAt?: Instant;
  /** The attempt that created this key. */
  readonly attempt?: string;
}

/** A new key. It is written to a file and never displayed. */
interface MadeKey {
  readonly id: string;
  readonly encoded: string;
  readonly expiresAt: Instant;
}

/** Manages the API keys of one policy and stage on one cluster. */
export interface FunctionKeys {
  /**
   * Checks that the user may create these keys: a key has at most the privileges of its creator.
   * @throws InputError `no-security`, `missing-privilege`
   */
  assertMayMake(holders: readonly KeyHolder[]): Promise<void>;
  /** The keys of this policy and stage that the cluster accepts. */
  valid(): Promise<readonly ValidKey[]>;
  /**
   * Creates a key.
   * @param attempt names this attempt, so that a key that was created but not written down can be found.
   * @param lifetime milliseconds.
   */
  make(holder: KeyHolder, attempt: string, lifetime: number): Promise<MadeKey>;
  /** Revokes keys, in one request. */
  revoke(ids: readonly string[]): Promise<void>;
}
