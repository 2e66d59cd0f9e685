import pMap from 'p-map';
import type { Criteria, DocumentRemover, PlannedTarget, Slice } from '../document-store.ts';
import type { DueErasures } from '../due-erasures.ts';
import { messageOf } from '../errors.ts';
import { changedSince } from '../indices/changed-mapping.ts';
import type { Lease } from '../lease.ts';
import type { TimeBudget } from '../time-budget.ts';

/** Slices in flight at once. Measured best between two and four on one shard; more only fill the write queue. */
const SLICES_AT_ONCE = 3;

export const OUT_OF_TIME = 'the time budget was used up; the next run goes on';

/** What destroying needs besides the target. */
export interface Execution {
  readonly remover: DocumentRemover;
  readonly lease: Lease;
  readonly budget: TimeBudget;
  readonly criteria: Criteria;
  readonly stillOwed: DueErasures['stillOwed'];
  /** Whether an index template, as they are now, gives a new index of this name what the rules read. */
  readonly isTemplated: (index: string) => Promise<boolean>;
  /** Told about every request's documents, as they go. */
  readonly onRemoved: (documents: number) => void;
}

export interface Deleted {
  /** Documents whose deletion the server acknowledged. */
  readonly documents: number;
  /** Why not all that was due was asked for; absent when it was. */
  readonly leftBecause?: string;
}

/**
 * Deletes the due documents of one index in bounded requests, each of which may be the last: nothing is held open on
 * the server and nothing needs resuming, since the next run simply asks again what is due.
 */
export const deleteDocuments = async (target: PlannedTarget, execution: Execution): Promise<Deleted> => {
  const { remover, lease, budget, criteria, stillOwed, onRemoved } = execution;
  let documents = 0;
  let leftBecause: string | undefined;

  /** What of a slice may be deleted at this moment: a reinstatement may have come, another run have taken the lease, or the mapping be another. */
  const permitted = async (slice: Slice): Promise<Slice | undefined> => {
    if (budget.remaining() <= 0) {
      leftBecause ??= OUT_OF_TIME;
      return undefined;
    }
    const owed = 'subjects' in slice ? { subjects: await stillOwed(slice.subjects) } : slice;
    if ('subjects' in owed && owed.subjects.length === 0) return undefined;
    const changed = await changedSince(target, remover);
    if (changed !== undefined) {
      leftBecause ??= changed;
      return undefined;
    }
    await lease.assertHeld();
    return owed;
  };

  const deleteWholeSlice = async (slice: Slice): Promise<void> => {
    for (;;) {
      const deletion = await remover.deleteSlice(target, criteria, () => permitted(slice));
      const { deleted, full } = deletion;
      documents += deleted;
      onRemoved(deleted);
      leftBecause ??= deletion.leftBecause;
      if (deletion.leftBecause !== undefined) return;
      if (!full) return;
      // Without a refresh the same documents would be found again, and conflict.
      await remover.refresh(target.name);
    }
  };

  // A failure ends the others too, but only when each has its answer: nothing may be under way once the lease goes.
  const attempt = async (slice: Slice): Promise<void> => {
    if (leftBecause !== undefined) return;
    try {
      await deleteWholeSlice(slice);
    } catch (thrown) {
      leftBecause ??= messageOf(thrown);
    }
  };

  const slices = await remover.slices(target, criteria);
  await pMap(slices, attempt, { concurrency: SLICES_AT_ONCE });
  await remover.refresh(target.name);
  return { documents, ...(leftBecause === undefined ? {} : { leftBecause }) };
};
