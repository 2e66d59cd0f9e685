import type { KeyHolder } from './key-privileges.ts';

/** One of our own indices, as it is. */
export interface OwnIndexState {
  readonly index: string;
  readonly state: 'ready' | 'missing' | 'altered';
  /** How an altered index differs. */
  readonly note?: string;
  /** What to do about an altered index. */
  readonly fix?: string;
}

/** What `doctor` asks of a store beyond the other ports. Nothing is changed. */
export interface Diagnosis {
  /**
   * The privileges of a holder's key that the key or user of this connection lacks, each with its indices.
   * @returns undefined if the store asks nobody for a key.
   * @throws InputError | TransientError
   */
  missingPrivileges(holder: KeyHolder): Promise<readonly string[] | undefined>;
  /**
   * Every own index that the runs of the policy need.
   * @throws InputError | TransientError
   */
  ownIndices(): Promise<readonly OwnIndexState[]>;
}
