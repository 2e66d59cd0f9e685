import type { SourceFacts } from './source-facts.ts';
/** Dates of one field that documents of an index may have in `_source`, and that no search sees. */
export interface UnseenDates {
  /** Which documents: those without a value in the index, those of which the index ignored the field or an object that holds it, or all. */
  readonly in: 'lacking' | 'ignored' | 'all';
  /** Where `_source` tells them. Absent: it proves nothing, and any of these documents may have one. */
  readonly path?: string;
  /** Dates are written in a format of the index's own: none is read from a text. */
  readonly isOwnFormat?: true;
}

/** Index blocks as Elasticsearch names them under `index.blocks`. */
export const BLOCKS = ['write', 'read_only', 'read_only_allow_delete', 'metadata', 'read'] as const;

export type Block = (typeof BLOCKS)[number];

/** One field of one index, as `field_caps` and the field mapping see it. A field that is not mapped has no entry. */
export interface FieldFacts {
  readonly type: string;
  readonly searchable: boolean;
  readonly aggregatable: boolean;
  readonly normalizer?: string;
  /** Longer texts are in the document and not in the index: no search finds them. */
  readonly ignoreAbove?: number;
  /** What its type cannot hold is in the document and not in the index. */
  readonly ignoresMalformed?: boolean;
  /** It is not simply the document's own value: what is said of it may be true of another field, or of no search. */
  readonly indirect?: 'alias' | 'runtime' | 'passthrough' | 'nested';
  /** Where documents have it, unless under its own name: a sub-field's values are those of its parent. */
  readonly path?: string;
  /** Indexed where a document has an explicit null. */
  readonly nullValue?: string;
  /** Fields whose values are copied into it: the index then has what the document does not have there. */
  readonly copiedFrom?: readonly string[];
  /** Sub-fields of type keyword. */
  readonly keywords?: readonly string[];
  /** Its values come from a script of the mapping, not from the document. */
  readonly indexScript?: true;
  /** How dates in it are written: names of formats or patterns, joined by `||`. */
  readonly format?: string;
  /** The language of these, where it is not `en`. */
  readonly locale?: string;
}

export interface AliasFacts {
  readonly name: string;
  /** `is_write_index` as set; undefined when nobody set it. */
  readonly isWriteIndex?: boolean;
}

/** What an index's mapping decides about some fields. */
export interface MappingRead {
  readonly fields: readonly string[];
  /** A digest: as long as it is the same, the fields are read alike. */
  readonly digest: string;
}

/** What may change under our hands between plan and execution, and is therefore read again before a drop. */
export interface IndexState {
  readonly uuid: string;
  readonly blocks: readonly Block[];
  readonly aliases: readonly AliasFacts[];
  /** The data stream whose backing index this is. */
  readonly dataStream?: string;
  /** The digest of {@link MappingRead} of the fields that were asked about; absent where none was. */
  readonly mapping?: string;
}

/** One concrete index that the category's patterns reach, directly or through an alias. */
export interface IndexDescription extends IndexState {
  readonly name: string;
  readonly open: boolean;
  readonly health: 'green' | 'yellow' | 'red';
  /** It told its fields; otherwise nothing can be asked of it, whatever its health says. */
  readonly answers: boolean;
  /** `index.query.parse.allow_unmapped_fields` is false: it may refuse to tell its fields. */
  readonly refusesUnmapped?: true;
  readonly hidden: boolean;
  readonly system: boolean;
  /** Its documents are a copy of others that stay where they are; absent for an ordinary index. */
  readonly kind?: 'searchable-snapshot' | 'follower-index';
  /** True for the backing index that its data stream writes to. */
  readonly dataStreamWriteIndex: boolean;
  /** Number of primary shards: how many answers a complete count needs. */
  readonly primaries: number;
  /** `index.max_result_window`, where it is set: no request there may be about more documents. */
  readonly resultWindow?: number;
  /** Its setting has each write wait for more copies of a shard than may be there: it cannot be blocked against writes. */
  readonly waitsForCopies?: true;
  readonly fields: ReadonlyMap<string, FieldFacts>;
  /** What was read of its mapping. */
  readonly read: MappingRead;
  /** Run-time fields of its mapping that stand, or may stand, before metadata fields such as `_index`: no answer to a query is believed. */
  readonly shadows?: readonly string[];
  /** Of fields without values in the index: why documents may have them all the same and no search find them, by name. */
  readonly outOfSearch?: ReadonlyMap<string, string>;
  /** Those of them that no document has: they would lie inside a value. */
  readonly insideValues?: ReadonlySet<string>;
  /**
   * Fields that documents may have been written with while the mapping did not take them, by name: at any time, or once the index had as
   * many fields as it may.
   */
  readonly leavesOut?: ReadonlyMap<string, 'always' | 'beyond-limit'>;
  /** Of fields in objects without subobjects, by name: the mapping update that maps each as a date. The usual one fits all others. */
  readonly flat?: ReadonlyMap<string, object>;
  /** Absent: documents are kept as they were sent. */
  readonly source?: SourceFacts;
  /** The cluster refuses queries that look into `_source` (`search.allow_expensive_queries: false`). */
  readonly refusesScripts?: true;
}
