import type { Block } from './index-blocks.ts';
import type { SourceFacts } from './source-facts.ts';

/** Describes documents that may have dates of one field in `_source` that no search sees. */
export interface UnseenDates {
  /**
   * Which documents: those without a value in the index, those whose field (or its parent object) the index ignored, or
   * all.
   */
  readonly in: 'lacking' | 'ignored' | 'all';
  /** The path in `_source`. Absent: `_source` proves nothing, and any of these documents may have such a date. */
  readonly path?: string;
  /** Dates have a custom format. They are not parsed from the text. */
  readonly isOwnFormat?: true;
}

/**
 * One field of one index, as `field_caps` and the field mapping describe it. A field that is not mapped has no entry.
 */
export interface FieldFacts {
  readonly type: string;
  readonly searchable: boolean;
  readonly aggregatable: boolean;
  readonly normalizer?: string;
  /** Longer texts are not indexed: they are in the document, but no search finds them. */
  readonly ignoreAbove?: number;
  /** Values that do not fit the type are not indexed: they are only in the document. */
  readonly ignoresMalformed?: boolean;
  /**
   * The value is not simply the document's own. Its mapping may describe another field, or searches may not reach it.
   */
  readonly indirect?: 'alias' | 'runtime' | 'passthrough' | 'nested';
  /**
   * The name under which documents have the value, if it is not the field's own name. A sub-field has the values of its
   * parent.
   */
  readonly path?: string;
  /** The value that is indexed for an explicit null. */
  readonly nullValue?: string;
  /** Fields whose values are copied into this one. The index then has values that the document does not have there. */
  readonly copiedFrom?: readonly string[];
  /** Its sub-fields of type keyword. */
  readonly keywords?: readonly string[];
  /** Its values come from a script in the mapping, not from the document. */
  readonly indexScript?: true;
  /** The format of its dates: names of formats or patterns, joined by `||`. */
  readonly format?: string;
  /** The language of the format, if it is not `en`. */
  readonly locale?: string;
}

/** One alias of an index. */
export interface AliasFacts {
  readonly name: string;
  /** `is_write_index` as set; undefined if it is not set. */
  readonly isWriteIndex?: boolean;
}

/** How the mapping of an index treats certain fields. */
export interface MappingRead {
  readonly fields: readonly string[];
  /** While this digest stays the same, the fields are read in the same way. */
  readonly digest: string;
}

/** The facts about an index that may change between plan and execution. They are read again before a drop. */
export interface IndexState {
  readonly uuid: string;
  readonly blocks: readonly Block[];
  readonly aliases: readonly AliasFacts[];
  /** The data stream that this backing index belongs to. */
  readonly dataStream?: string;
  /** The digest of {@link MappingRead} for the requested fields; absent if none was requested. */
  readonly mapping?: string;
}

/** One concrete index that the category's patterns match, directly or through an alias. */
export interface IndexDescription extends IndexState {
  readonly name: string;
  readonly open: boolean;
  readonly health: 'green' | 'yellow' | 'red';
  /** Whether the index returned its fields. If not, nothing can be searched in it, whatever its health. */
  readonly answers: boolean;
  /** `index.query.parse.allow_unmapped_fields` is false. An index in this state may refuse to return its fields. */
  readonly refusesUnmapped?: true;
  readonly hidden: boolean;
  readonly system: boolean;
  /** Set if its documents are copies and the originals stay elsewhere; absent for an ordinary index. */
  readonly kind?: 'searchable-snapshot' | 'follower-index';
  /** True for the current write index of a data stream. */
  readonly dataStreamWriteIndex: boolean;
  /** Number of primary shards. A complete count needs an answer from each. */
  readonly primaries: number;
  /** `index.max_result_window`, if set: the maximum number of documents for one request. */
  readonly resultWindow?: number;
  /** Whether every write waits for more shard copies than may exist. Therefore its writes cannot be blocked. */
  readonly waitsForCopies?: true;
  /**
   * Documents have no sequence numbers (`index.disable_sequence_numbers`, Elasticsearch 9.4 and later). The cluster
   * does not notice if a document changes between its search and its deletion.
   */
  readonly unnumbered?: true;
  readonly fields: ReadonlyMap<string, FieldFacts>;
  /** The mapping at the time when it was read. */
  readonly read: MappingRead;
  /**
   * Run-time fields of the mapping that hide, or may hide, metadata fields such as `_index`. With any of these, no
   * query result is believed.
   */
  readonly shadows?: readonly string[];
  /** For fields without values in the index, by name: why documents may still have values that no search finds. */
  readonly outOfSearch?: ReadonlyMap<string, string>;
  /** The fields that no document can have, because they would be inside a single value. */
  readonly insideValues?: ReadonlySet<string>;
  /**
   * Fields, by name, that documents may contain although the mapping ignored them: always, or after the index reached
   * its limit of fields.
   */
  readonly leavesOut?: ReadonlyMap<string, 'always' | 'beyond-limit'>;
  /**
   * For fields in objects without subobjects, by name: the mapping update that maps the field as a date. All other
   * fields use the usual update.
   */
  readonly flat?: ReadonlyMap<string, object>;
  /** Absent: documents are stored as they were sent. */
  readonly source?: SourceFacts;
  /** The cluster rejects queries that read `_source` (`search.allow_expensive_queries: false`). */
  readonly refusesScripts?: true;
}
