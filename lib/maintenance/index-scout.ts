import type { Instant } from '../policy/time/instant.ts';

/** An open index that somebody keeps data in: no index of the cluster, of its products, or of ours. */
export interface ScoutedIndex {
  readonly name: string;
  /** The data stream that it belongs to. */
  readonly dataStream?: string;
  readonly documents: number;
  /** Size on disk, with replicas. */
  readonly bytes: number;
  /** Fields that are mapped as dates. */
  readonly dates: readonly string[];
  /** Fields that may name an account: keywords and integers. */
  readonly identifiers: readonly string[];
}

/** Looks at what a cluster holds, before there is a policy. Changes nothing. */
export interface IndexScout {
  /**
   * Every index that the key may see.
   * @throws InputError | TransientError
   */
  list(): Promise<readonly ScoutedIndex[]>;
  /**
   * The first and the last value of a date field.
   * @returns undefined if no document has it.
   * @throws InputError | TransientError
   */
  dates(
    indices: readonly string[],
    field: string,
  ): Promise<{ readonly from: Instant; readonly to: Instant } | undefined>;
}
