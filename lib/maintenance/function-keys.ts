import type { KeyHolder } from '../policy/key-privileges.ts';
import type { Instant } from '../policy/time/instant.ts';

/** A key of ours that the cluster takes. */
export interface ValidKey {
  readonly id: string;
  readonly holder: string;
  readonly createdAt: Instant;
  readonly expiresAt?: Instant;
  /** The attempt that made it. */
  readonly attempt?: string;
}

/** A key just made. It is shown to nobody, and goes into a file. */
interface MadeKey {
  readonly id: string;
  readonly encoded: string;
  readonly expiresAt: Instant;
}

/** The keys of one policy and stage on one cluster. */
export interface FunctionKeys {
  /** @throws InputError `no-security`, `missing-privilege`: a key can do no more than the user who makes it. */
  assertMayMake(holders: readonly KeyHolder[]): Promise<void>;
  valid(): Promise<readonly ValidKey[]>;
  /**
   * @param attempt by which a key is found again that was made and not written down.
   * @param lifetime milliseconds.
   */
  make(holder: KeyHolder, attempt: string, lifetime: number): Promise<MadeKey>;
  revoke(ids: readonly string[]): Promise<void>;
}
