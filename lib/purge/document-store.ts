import type { Tally } from '../criteria/counts.ts';
import type { Criteria, IdentifierField, UsableFields } from '../criteria/due-criteria.ts';
import type { IndexDescription, MappingRead } from '../criteria/index-description.ts';
import type { Instant } from '../policy/time/instant.ts';

/** The fields that rules read, by the type that they need. */
export interface RuleFields {
  readonly dates: readonly string[];
  readonly otherFields: readonly string[];
}

/** An index whose accounts are to be counted. */
export interface AccountIndex {
  readonly name: string;
  readonly account: IdentifierField;
}

/** The reading port. Each method sends a constant number of requests, whatever the number of indices. */
export interface DocumentStore {
  /**
   * The time of the cluster's clock. It is read from an index that the patterns match, or else from one of our own
   * indices.
   * @param category whose own indices may be used; absent: the own indices of every category of the policy.
   * @returns undefined if no index answers.
   * @throws InputError if the cluster refuses the request.
   */
  serverTime(patterns: readonly string[], category?: string): Promise<Instant | undefined>;
  /** Describes every concrete index that the patterns match, including closed, hidden and red ones. */
  describe(patterns: readonly string[], fields: readonly string[]): Promise<readonly IndexDescription[]>;
  /**
   * Reads the digest of {@link MappingRead} again for every index that the patterns match, by name. An index that does
   * not return its mapping is missing.
   */
  mappings(patterns: readonly string[], fields: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /**
   * Refreshes the indices that the patterns (or names) match, then counts in the named indices. If the criteria contain
   * no rule, no document is due.
   * @param only counts only documents with this id; absent: all.
   */
  count(
    patterns: readonly string[],
    indices: readonly { readonly name: string; readonly primaries: number; readonly usable: UsableFields }[],
    criteria: Criteria,
    only?: string,
  ): Promise<Tally>;
  /**
   * For each of these cutoffs, the number of documents that are not due yet, but will be due at this cutoff and not at
   * the cutoff before. The cutoffs ascend, and the first is later than the cutoff of the criteria. If the ingestion
   * date dates a document, it decides; otherwise the timestamp decides. A document with several dates may count several
   * times. The numbers are too low if an index does not answer.
   * @throws InputError | TransientError
   */
  fallingDue(
    indices: readonly { readonly name: string; readonly primaries: number; readonly usable: UsableFields }[],
    criteria: Criteria,
    cutoffs: readonly Instant[],
  ): Promise<readonly number[]>;
  /**
   * Estimates the number of accounts in these indices, rather too low than too high.
   * @returns undefined if the number is unknown.
   */
  accounts(indices: readonly AccountIndex[], accountField: string): Promise<number | undefined>;
  /**
   * How many operations (writes and deletions) the primary shards have executed since the index was created, by name. 0
   * for an index created in advance. The number only grows. An index is missing if the number is unknown, for example
   * because the key may not read it.
   */
  operations(patterns: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /**
   * For each index name, the fields among these that an index template would map in a new index so that the rules can
   * read them. A name is missing if no index template matches it, or if that is unknown.
   */
  templateFields(names: readonly string[], fields: RuleFields): Promise<ReadonlyMap<string, ReadonlySet<string>>>;
}
