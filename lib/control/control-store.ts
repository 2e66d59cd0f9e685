import type { Instant } from '../policy/time/instant.ts';
import type { Controls, Hold, HoldScope } from './controls.ts';

/** Controls as they were read. They can be replaced only if nobody else has replaced them since. */
export interface StoredControls {
  readonly controls: Controls;
  /** Differs after every change, and after the document was made again. */
  readonly version: string;
}

/**
 * The part of a hold that is kept after its release. It names nobody: an account or application is represented by its
 * keyed hash, or not at all, and there is no free text.
 */
export interface ReleasedHold {
  readonly id: string;
  readonly scope: HoldScope;
  readonly subject?: { readonly kid: string; readonly hash: string };
  readonly index?: string;
  readonly placedAt: Instant;
  readonly placedBy: string;
  readonly releasedAt: Instant;
  readonly releasedBy: string;
}

/** The holds and pauses of all categories. Runs only read them. */
export interface ControlStore {
  /**
   * Reads the controls of a category in their current state, without needing a refresh. Creates nothing.
   * @returns undefined if there is no document.
   * @throws InputError `controls-unreadable` if somebody edited it into another form, `own-index-altered`,
   *   `missing-privilege`; TransientError if it does not answer.
   */
  read(categoryId: string): Promise<StoredControls | undefined>;
  /**
   * The current {@link StoredControls.version}; undefined if there is no document.
   * @throws as {@link read}.
   */
  version(categoryId: string): Promise<string | undefined>;
  /**
   * Creates the document, if there is none.
   * @param holds the holds in it. Default: none.
   * @throws InputError `own-index-missing`, `missing-privilege` if the key may not do so; TransientError.
   */
  create(categoryId: string, holds?: readonly Hold[]): Promise<StoredControls>;
  /**
   * Every category that has controls and that the key may see, even if the policy does not contain it. For commands of
   * a person, not for runs.
   * @throws TransientError
   */
  categories(): Promise<readonly string[]>;
  /**
   * The open holds of all other categories that have controls and that the key may see, by category, even if the policy
   * does not contain them. Changes nothing.
   * @throws as {@link read}, for any of them.
   */
  elsewhere(categoryId: string): Promise<ReadonlyMap<string, readonly Hold[]>>;
  /**
   * Replaces the controls. Returns after the write was acknowledged.
   * @param read the controls that they replace.
   * @returns false if somebody else has changed them meanwhile; nothing is written then.
   * @throws InputError `missing-privilege`; TransientError
   */
  write(categoryId: string, controls: Controls, read: StoredControls): Promise<boolean>;
  /** Records released holds. A hold that is already recorded is not changed. */
  keepReleased(categoryId: string, released: readonly ReleasedHold[]): Promise<void>;
  /** The released holds among these ids. */
  released(categoryId: string, ids: readonly string[]): Promise<readonly ReleasedHold[]>;
}
