import pMap from 'p-map';
import { messageOf } from '../../base/errors.ts';
import type { PlannedTarget, Slice } from '../document-remover.ts';
import { changedSince } from '../indices/changed-mapping.ts';
import type { TimeBudget } from '../time-budget.ts';
import type { Execution } from './execution.ts';

/** Why something is left that there was no time for. */
export const outOfTime = ({ ended = 'the time budget was used up' }: TimeBudget): string =>
  `${ended}; the next run continues`;

export interface Deleted {
  /** Documents whose deletion the server confirmed. */
  readonly documents: number;
  /** Why the deletion of some due documents was not requested; absent if it was requested for all. */
  readonly leftBecause?: string;
}

/** The part of a slice whose erasure is still owed; undefined if there is none. */
const stillDueIn = async (slice: Slice, { stillDue }: Pick<Execution, 'stillDue'>): Promise<Slice | undefined> => {
  if (!('subjects' in slice)) return slice;
  const subjects = await stillDue(slice.subjects);
  return subjects.length === 0 ? undefined : { subjects };
};

/**
 * Deletes the due documents of one index in bounded requests. A run may end after any request: the server holds nothing
 * open, and the next run simply counts the due documents again.
 */
export const deleteDocuments = async (planned: PlannedTarget, execution: Execution): Promise<Deleted> => {
  const { remover, lease, budget, pace, criteria, onRemoved, assertUnchanged, onUnanswered } = execution;
  const target = { ...planned, ...(pace.batch !== undefined && { batch: pace.batch }) };
  let documents = 0;
  let leftBecause: string | undefined;

  /**
   * The part of a slice that may be deleted at this moment. A reinstatement or a hold may have come, another run may
   * have taken the lease, or the mapping may have changed.
   */
  const permitted = async (slice: Slice): Promise<Slice | undefined> => {
    if (budget.remaining() <= 0) {
      leftBecause ??= outOfTime(budget);
      return undefined;
    }
    const current = await stillDueIn(slice, execution);
    if (current === undefined) return undefined;
    const changed = await changedSince(target, remover);
    if (changed !== undefined) {
      leftBecause ??= changed;
      return undefined;
    }
    // Reading the mapping may have taken minutes, so the ledger is asked once more.
    const [due] = await Promise.all([stillDueIn(current, execution), lease.assertLeased(), assertUnchanged()]);
    return due;
  };

  const deleteWholeSlice = async (slice: Slice): Promise<void> => {
    for (;;) {
      const deletion = await pace.request(target.name, () =>
        remover.deleteSlice(target, criteria, () => permitted(slice), onUnanswered),
      );
      const { deleted, full } = deletion;
      documents += deleted;
      onRemoved(deleted);
      leftBecause ??= deletion.leftBecause;
      if (deletion.leftBecause !== undefined) return;
      if (!full) return;
      // Without a refresh, the next request would find the same documents again and run into version conflicts.
      await remover.refresh(target.name);
    }
  };

  // A failure stops the other slices too, but only after their running requests have ended: none may be in flight when
  // the lease is released.
  const attempt = async (slice: Slice): Promise<void> => {
    if (leftBecause !== undefined) return;
    try {
      await deleteWholeSlice(slice);
    } catch (thrown) {
      leftBecause ??= messageOf(thrown);
    }
  };

  const slices = await remover.slices(target, criteria);
  await pMap(slices, attempt, { concurrency: pace.atOnce });
  await remover.refresh(target.name);
  return { documents, ...(leftBecause === undefined ? {} : { leftBecause }) };
};
