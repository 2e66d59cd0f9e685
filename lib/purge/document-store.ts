import type { Instant } from '../policy/instant.ts';

/** Index blocks as Elasticsearch names them under `index.blocks`. */
export const BLOCKS = ['write', 'read_only', 'read_only_allow_delete', 'metadata', 'read'] as const;
export type Block = (typeof BLOCKS)[number];

/** One field of one index, as `field_caps` and the field mapping see it. A field that is not mapped has no entry. */
export interface FieldFacts {
  readonly type: string;
  readonly searchable: boolean;
  readonly aggregatable: boolean;
  readonly normalizer?: string;
}

export interface AliasFacts {
  readonly name: string;
  /** `is_write_index` as set; undefined when nobody set it. */
  readonly isWriteIndex?: boolean;
}

/** What may change under our hands between plan and execution, and is therefore read again before a drop. */
export interface IndexState {
  readonly uuid: string;
  readonly blocks: readonly Block[];
  readonly aliases: readonly AliasFacts[];
  /** The data stream whose backing index this is. */
  readonly dataStream?: string;
}

/** One concrete index that the category's patterns reach, directly or through an alias. */
export interface IndexDescription extends IndexState {
  readonly name: string;
  readonly open: boolean;
  readonly health: 'green' | 'yellow' | 'red';
  /** It told its fields; otherwise nothing can be asked of it, whatever its health says. */
  readonly answers: boolean;
  readonly hidden: boolean;
  readonly system: boolean;
  /** True for the backing index that its data stream writes to. */
  readonly dataStreamWriteIndex: boolean;
  /** Number of primary shards: how many answers a complete count needs. */
  readonly primaries: number;
  readonly fields: ReadonlyMap<string, FieldFacts>;
}

/** The fields that can date a document of one index: those that `field_caps` calls a date there. */
export interface Dating {
  readonly timestamp: boolean;
  readonly ingested: boolean;
}

/**
 * Which documents an age rule is about.
 *
 * A field *dates* a document when all its values lie in [`earliest`, `futureFrom`) and none was ignored as malformed;
 * the timestamp is asked first, the ingested field is the fallback. A document is *due* (expired) when every value of
 * the field that dates it is before `cutoff`, *overdue* when every value is before `overdueBefore`, and *undatable*
 * when neither field dates it.
 */
export interface AgeCriteria {
  readonly timestampField: string;
  readonly ingestedField: string;
  readonly earliest: Instant;
  readonly cutoff: Instant;
  readonly overdueBefore: Instant;
  readonly futureFrom: Instant;
}

/** Documents (not Lucene's nested children, not `_doc_count` weights) of one index. */
export interface Counts {
  readonly documents: number;
  readonly due: number;
  readonly overdue: number;
  readonly undatable: number;
  /** Documents that their timestamp keeps although they were ingested before the cutoff: a clock ran ahead. */
  readonly aheadOfIngestion: number;
  /** Smallest and largest value of the timestamp among all documents, for display. */
  readonly from?: Instant;
  readonly to?: Instant;
}

/** The answer to one count over many indices. Every index asked about is in exactly one of the two maps. */
export interface Tally {
  readonly counts: ReadonlyMap<string, Counts>;
  /** Why an index did not answer, by name. */
  readonly unanswered: ReadonlyMap<string, string>;
  /** The date of the oldest document that can be dated: the newest value of the field that dates it. */
  readonly oldestAt?: Instant;
}

/** Reads. A constant number of requests each, however many indices there are. */
export interface DocumentStore {
  /** Every concrete index that the patterns reach, closed, hidden and red ones too. */
  describe(patterns: readonly string[], fields: readonly string[]): Promise<readonly IndexDescription[]>;
  /**
   * Refreshes what the patterns (or names) reach, then counts in the indices named. Without criteria nothing is due.
   */
  count(
    patterns: readonly string[],
    indices: readonly { readonly name: string; readonly primaries: number; readonly dating: Dating }[],
    criteria: AgeCriteria | undefined,
  ): Promise<Tally>;
}

/** One bounded piece of the documents that are due in one index: those dated by `field` with a value in [from, to). */
export interface Slice {
  readonly field: 'timestamp' | 'ingested';
  readonly from: Instant;
  readonly to: Instant;
}

/** What the executor asks for about one index. */
export interface Target {
  readonly name: string;
  readonly uuid: string;
  readonly primaries: number;
  readonly dating: Dating;
}

/** What one bounded delete-by-query answered. */
export interface Deletion {
  readonly deleted: number;
  /** The request reached its bound: more documents may match. */
  readonly full: boolean;
}

/** The only destructive port. Every call names one concrete index. */
export interface DocumentRemover {
  /** The index as it is now; undefined when it is gone. */
  state(index: string): Promise<IndexState | undefined>;
  /** `_block/write`: returns when operations in flight have finished; so too where there is a write block already. */
  blockWrites(index: string): Promise<void>;
  liftWriteBlock(index: string): Promise<void>;
  /** Refreshes, then counts documents that are *not* due. Throws unless every shard answered. */
  countLive(target: Target, criteria: AgeCriteria): Promise<number>;
  drop(index: string): Promise<void>;
  /** Cuts what is due into slices of at most {@link SLICE_DOCUMENTS} documents, where the timestamps allow it. */
  slices(target: Target, criteria: AgeCriteria): Promise<readonly Slice[]>;
  /** Deletes at most {@link SLICE_DOCUMENTS} due documents of the slice. */
  deleteSlice(target: Target, criteria: AgeCriteria, slice: Slice): Promise<Deletion>;
  refresh(index: string): Promise<void>;
}

/** Elasticsearch's default `index.max_result_window`: a larger `scroll_size` is refused, a larger `max_docs` scrolls. */
export const SLICE_DOCUMENTS = 10_000;
