import pMap from 'p-map';
import { messageOf } from '../../base/errors.ts';
import { number } from '../../base/number-text.ts';
import type { Deletion, PlannedTarget, Slice } from '../document-remover.ts';
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

/** The part of a saved plan's limit for one index that its requests have not used yet. */
class Allowance {
  #left: number;

  /** @param atMost absent: no limit. */
  constructor({ atMost = Number.POSITIVE_INFINITY }: Pick<PlannedTarget, 'atMost'>) {
    this.#left = atMost;
  }

  get isUsedUp(): boolean {
    return this.#left <= 0;
  }

  /** The target of the next request, which must not delete more than what is left. */
  limited(target: PlannedTarget): PlannedTarget {
    return Number.isFinite(this.#left) ? { ...target, atMost: this.#left } : target;
  }

  use({ deleted, unsure = 0 }: Deletion): void {
    this.#left -= deleted + unsure;
  }
}

/** The part of a slice whose erasure is still owed; undefined if there is none. */
const stillDueIn = async (slice: Slice, { stillDue }: Pick<Execution, 'stillDue'>): Promise<Slice | undefined> => {
  if (!('subjects' in slice)) return slice;
  const subjects = await stillDue(slice.subjects);
  return subjects.length === 0 ? undefined : { subjects };
};

/** The part of a slice that may be deleted now, or why nothing in the index may be deleted any more. */
interface Permission {
  readonly slice?: Slice | undefined;
  readonly refusedBecause?: string;
}

/** Asks for a permission: ledger, holds, lease and mapping may have changed since the plan. */
const permissionFor = async (slice: Slice, target: PlannedTarget, execution: Execution): Promise<Permission> => {
  const { remover, lease, budget, assertUnchanged } = execution;
  if (budget.remaining() <= 0) return { refusedBecause: outOfTime(budget) };
  const current = await stillDueIn(slice, execution);
  if (current === undefined) return {};
  const changed = await changedSince(target, remover);
  if (changed !== undefined) return { refusedBecause: changed };
  // Reading the mapping may have taken minutes, so the ledger is asked once more.
  const [due] = await Promise.all([stillDueIn(current, execution), lease.assertLeased(), assertUnchanged()]);
  return { slice: due };
};

/** Why documents are left although their slice was at work: the saved plan names fewer than are due. */
const beyondSavedPlan = async (
  { atMost = 0, ...target }: PlannedTarget,
  { remover, criteria }: Pick<Execution, 'remover' | 'criteria'>,
): Promise<string | undefined> =>
  (await remover.slices(target, criteria)).length === 0
    ? undefined
    : `the saved plan removes at most ${number(atMost)} of its documents, and more are due, or some requests got no answer; the next run plans anew`;

/**
 * Deletes the due documents of one index in bounded requests. A run may end after any request: the server keeps nothing
 * open, and the next run simply counts the due documents again. With a limit (`atMost`), one request is in flight at a
 * time, and none may delete more than what is left of the limit.
 */
export const deleteDocuments = async (planned: PlannedTarget, execution: Execution): Promise<Deleted> => {
  const { remover, pace, criteria, onRemoved, onUnanswered } = execution;
  const target = { ...planned, ...(pace.batch !== undefined && { batch: pace.batch }) };
  const allowance = new Allowance(target);
  let documents = 0;
  let leftBecause: string | undefined;

  const permitted = async (slice: Slice): Promise<Slice | undefined> => {
    const permission = await permissionFor(slice, target, execution);
    if (permission.refusedBecause === undefined) return permission.slice;
    leftBecause ??= permission.refusedBecause;
    return undefined;
  };

  const deleteWholeSlice = async (slice: Slice): Promise<void> => {
    while (!allowance.isUsedUp) {
      const deletion = await pace.request(target.name, () =>
        remover.deleteSlice(allowance.limited(target), criteria, () => permitted(slice), onUnanswered),
      );
      const { deleted, full } = deletion;
      documents += deleted;
      allowance.use(deletion);
      onRemoved(deleted);
      leftBecause ??= deletion.leftBecause;
      if (deletion.leftBecause !== undefined || !full) return;
      // Without a refresh, the next request would find the same documents again and run into version conflicts.
      await remover.refresh(target.name);
    }
  };

  const note = (thrown: unknown): undefined => {
    leftBecause ??= messageOf(thrown);
    return undefined;
  };

  // A failure stops the other slices too, but only after their running requests have ended: none may be in flight when
  // the lease is released.
  const attempt = async (slice: Slice): Promise<void> => {
    if (leftBecause !== undefined) return;
    try {
      await deleteWholeSlice(slice);
    } catch (thrown) {
      note(thrown);
    }
  };

  const { atMost, ...unlimited } = target;
  const deleteAll = async (slices: readonly Slice[]): Promise<void> => {
    await pMap(slices, attempt, { concurrency: atMost === undefined ? pace.atOnce : 1 });
    await remover.refresh(target.name).catch(note);
  };
  const slices = await remover.slices(unlimited, criteria);
  await deleteAll(slices);
  if (leftBecause === undefined && !allowance.isUsedUp) {
    const writtenSince = await remover.slices(unlimited, criteria, slices).catch(note);
    if (writtenSince !== undefined && writtenSince.length > 0) await deleteAll(writtenSince);
  }
  if (allowance.isUsedUp) leftBecause ??= await beyondSavedPlan(target, execution).catch(messageOf);
  return { documents, ...(leftBecause === undefined ? {} : { leftBecause }) };
};
