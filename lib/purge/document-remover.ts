import type { Criteria, DueSubject, UsableFields } from '../criteria/due-criteria.ts';
import type { IndexDescription, IndexState, MappingRead } from '../criteria/index-description.ts';
import type { DocumentStore } from './document-store.ts';

/**
 * One bounded part of the documents of one index that are due by age: those whose sequence numbers are in [from, to). A
 * shard numbers its documents in the order of writing, and stores them in that order, so one request reads neighbours.
 */
export interface AgeSlice {
  readonly from: number;
  readonly to: number;
}

/** One bounded part of the documents of one index that are due for subjects: all due documents of these subjects. */
export interface SubjectSlice {
  readonly subjects: readonly DueSubject[];
}

/** All documents of one index that are due by one rule. For a rule whose documents cannot be split further. */
interface RuleSlice {
  readonly rule: string;
}

/** One bounded part of the due documents of one index. */
export type Slice = AgeSlice | SubjectSlice | RuleSlice;

/** The index of a destructive request. */
export interface Target {
  readonly name: string;
  readonly uuid: string;
  readonly primaries: number;
  /** As in the {@link IndexDescription}. */
  readonly resultWindow?: number;
  /** The most documents for one request, if fewer than {@link SLICE_DOCUMENTS} are wanted. */
  readonly batch?: number;
  readonly usable: UsableFields;
  /** The most documents that requests may still remove from it; absent: no limit. */
  readonly atMost?: number;
}

/** A target with the mapping that the plan read. */
export interface PlannedTarget extends Target {
  readonly read: MappingRead;
}

/** The result of one bounded delete-by-query. */
export interface Deletion {
  /** Documents whose deletion was confirmed, even if the request failed afterwards. */
  readonly deleted: number;
  /** Whether the request reached its bound, so that more documents may match. */
  readonly full: boolean;
  /** Documents that attempts without a result may have deleted too, at most. Absent: none. */
  readonly unsure?: number;
  /** Why the attempts ended before the whole slice was deleted. Set only if some of it was deleted. */
  readonly leftBecause?: string;
}

/**
 * The only port that destroys documents of a category. Every call names one concrete index. Calls for several indices
 * at the same moment may share one request.
 */
export interface DocumentRemover {
  /**
   * The current state of the index; undefined if it does not exist any more.
   * @param fields whose mapping is needed too.
   */
  state(index: string, fields?: readonly string[]): Promise<IndexState | undefined>;
  /**
   * Sets `_block/write`. Returns when operations in flight have finished, even if the index already had a write block.
   */
  blockWrites(index: string): Promise<void>;
  /**
   * Lifts the write block of an index. Does nothing if there is none.
   * @throws InputError | TransientError if the cluster refuses it or does not answer.
   */
  liftWriteBlock(index: string): Promise<void>;
  /**
   * Refreshes, then counts documents that are *not* due.
   * @throws TransientError if a shard did not answer.
   */
  countLive(target: Target, criteria: Criteria): Promise<number>;
  /** The same number as {@link DocumentStore.operations}, for one index; undefined if it is unknown. */
  operations(index: string): Promise<number | undefined>;
  /**
   * Deletes the index with all its documents. Sent once, never retried. Drops that are asked for at the same moment may
   * be sent as one request.
   * @param isAlone whether the index must have a request of its own.
   * @throws InputError | TransientError; after a TransientError the drop may still be executed.
   * @throws TransientError {@link REFUSED_TOGETHER} if a request for several indices was refused: nothing was dropped.
   */
  drop(index: string, isAlone?: boolean): Promise<void>;
  /**
   * Splits the due documents into slices of fewer than {@link SLICE_DOCUMENTS} documents, if the rule allows it. Each
   * slice then takes one request.
   * @param after earlier slices of the same index, which were deleted. Documents that were written since then are
   *   split, and with several shards also what is left of the earlier ones. Absent: all documents.
   */
  slices(target: Target, criteria: Criteria, after?: readonly Slice[]): Promise<readonly Slice[]>;
  /**
   * Deletes at most {@link SLICE_DOCUMENTS} due documents of a slice in one request. Retries if that may help. All
   * attempts together delete at most {@link Target.atMost} documents: an attempt without a result counts as if it had
   * deleted as many as it could.
   * @param permitted called before every attempt; returns the part of the slice that may be deleted now, or undefined
   *   if there is none. If it throws, no attempt follows.
   * @param onUnanswered called if an attempt got no answer: the cluster may still be executing it.
   * @throws TransientError if the attempts failed and nothing was deleted.
   */
  deleteSlice(
    target: Target,
    criteria: Criteria,
    permitted: () => Promise<Slice | undefined>,
    onUnanswered?: () => void,
  ): Promise<Deletion>;
  /**
   * Makes all earlier changes of the index visible to searches.
   * @throws TransientError if a shard was not refreshed.
   */
  refresh(index: string): Promise<void>;
}

/** The code of the error if a drop was refused, and another index of the same request may be the reason. */
export const REFUSED_TOGETHER = 'refused-together';

/**
 * Elasticsearch's default for `index.max_result_window`. A larger `scroll_size` is rejected, and a larger `max_docs`
 * starts a scroll.
 */
export const SLICE_DOCUMENTS = 10_000;

/** The maximum number of documents for one request on an index. */
export const sliceDocuments = ({
  resultWindow = SLICE_DOCUMENTS,
  batch = SLICE_DOCUMENTS,
  atMost = SLICE_DOCUMENTS,
}: Pick<Target, 'resultWindow' | 'batch' | 'atMost'>): number =>
  Math.max(1, Math.min(SLICE_DOCUMENTS, resultWindow, batch, atMost));
