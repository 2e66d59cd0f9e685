import { canBeDue } from '../criteria.ts';
import type { DocumentRemover, DueSubject, PlannedTarget, Target } from '../document-store.ts';
import { TransientError } from '../errors.ts';
import { mappingObjection } from '../indices/changed-mapping.ts';
import type { IndexState } from '../indices/index-description.ts';
import { lostReliance, type Reliances } from '../indices/reliance.ts';
import { writeTarget } from '../indices/stay-reasons.ts';
import { deleteObstacle } from '../plan.ts';
import { deleteDocuments, type Execution } from './delete-documents.ts';

export type DropResult =
  | { readonly done: 'dropped'; readonly documents: number }
  /** Not dropped, for the reason given; its due documents were deleted one by one, unless some were left. */
  | { readonly done: 'deleted'; readonly documents: number; readonly reason: string; readonly leftBecause?: string }
  /** Left as it is, for the reason given; the verification will count what is in it. */
  | { readonly done: 'left'; readonly reason: string };

const blocksWrites = ({ blocks }: IndexState): boolean => blocks.includes('write');

/** What the plan saw of an index that it wants dropped. */
export interface DropTarget extends PlannedTarget {
  readonly aliases: readonly string[];
  readonly writeBlocked: boolean;
  /** It holds no document; otherwise every document is due. */
  readonly isEmptied: boolean;
  /** The operations that it had taken when the plan was made; absent where nobody can tell. */
  readonly operations?: number;
  readonly reliances: Reliances;
}

const hasOtherAliases = (target: DropTarget, { aliases }: IndexState): boolean =>
  aliases.length !== target.aliases.length || aliases.some(({ name }) => !target.aliases.includes(name));

const objection = (target: DropTarget, state: IndexState | undefined): string | undefined => {
  if (state === undefined) return 'it is gone';
  if (state.uuid !== target.uuid) return `it was replaced by another index of the same name (uuid ${state.uuid})`;
  if (hasOtherAliases(target, state)) return writeTarget(state) ?? 'its aliases changed after the plan';
  return writeTarget(state) ?? mappingObjection(target, state);
};

/** What speaks against blocking writes to an index in order to drop it; undefined when nothing does. */
const firstObjection = (target: DropTarget, state: IndexState | undefined): string | undefined => {
  const objected = objection(target, state);
  if (state === undefined || objected !== undefined) return objected;
  // Only what was unblocked at the plan has been announced: any other block of ours would outlive a crash.
  return blocksWrites(state) === target.writeBlocked ? undefined : 'its write block was set or lifted after the plan';
};

const UNDECIDED = new Set(['timeout', 'no-server', 'not-elasticsearch', 'store-busy']);

/** Nobody answered, or not the master: the drop may have been carried out, or be about to. */
const isFateUnknown = (thrown: unknown): boolean => thrown instanceof TransientError && UNDECIDED.has(thrown.code);

/**
 * Lifts the block from the index that we set it on, not from one that took its name since. Also when its settings show no
 * block: a block that was lifted while it was being set stays in force and is shown nowhere (tried on 8.19.13).
 */
const liftOurBlock = async ({ name, uuid }: Target, remover: DocumentRemover): Promise<void> => {
  const state = await remover.state(name);
  if (state?.uuid === uuid) await remover.liftWriteBlock(name);
};

/** What is in an index to which nobody can write. */
interface Content {
  /** Documents that are not due. */
  readonly live: number;
  /** Those to whom it must still be owed that their documents go with it; none where every document goes by its age. */
  readonly subjects: readonly DueSubject[];
}

const contentOf = async (target: DropTarget, { remover, criteria }: Execution): Promise<Content> => {
  // Of an emptied index any document at all is one too many.
  if (target.isEmptied) return { live: await remover.countLive(target, {}), subjects: [] };
  const { erasures, ...others } = criteria;
  const isOwed = erasures !== undefined && erasures.subjects.length > 0;
  if (canBeDue(others) || !isOwed) {
    const live = await remover.countLive(target, others);
    if (live === 0 || !isOwed) return { live, subjects: [] };
  }
  const live = await remover.countLive(target, criteria);
  if (live > 0) return { live, subjects: [] };
  const slices = await remover.slices(target, { erasures });
  return { live, subjects: slices.flatMap((slice) => ('subjects' in slice ? slice.subjects : [])) };
};

/**
 * That an index whose documents are all due has taken operations since the plan: whoever writes to it would make it anew, with guessed fields.
 * Undefined when it has not, and where the plan could not tell how many it had.
 */
const writtenSince = async ({ name, isEmptied, operations }: DropTarget, remover: DocumentRemover) => {
  if (isEmptied || operations === undefined) return undefined;
  const taken = await remover.operations(name);
  if (taken === undefined) return 'nobody can tell whether it has been written to since the plan';
  return taken === operations ? undefined : 'it has been written to since the plan';
};

/** What speaks against dropping an index to which nobody can write any more, so that its documents are deleted instead; undefined when nothing does. */
const blockedObjection = async (target: DropTarget, live: number, { remover, isTemplated }: Execution) => {
  if (live > 0) return target.isEmptied ? 'is written to again' : 'a live document turned up while dropping';
  return (
    (await writtenSince(target, remover)) ??
    (await lostReliance(target.reliances, remover, () => isTemplated(target.name)))
  );
};

/** Deletes what is due of an index that is not dropped after all. */
const deleteInstead = async (
  target: DropTarget,
  { blocks }: IndexState,
  reason: string,
  execution: Execution,
): Promise<DropResult> => {
  const obstacle = deleteObstacle(blocks);
  if (obstacle !== undefined)
    return { done: 'left', reason: `${reason}, and index.blocks.${obstacle} lets none be deleted` };
  return { done: 'deleted', reason, ...(await deleteDocuments(target, execution)) };
};

/** What speaks against dropping an index that was blocked and counted; undefined when nothing does. The last look before the drop. */
const lastObjection = async (
  target: DropTarget,
  subjects: readonly DueSubject[],
  execution: Execution,
): Promise<string | undefined> => {
  const { remover, lease, stillOwed } = execution;
  if ((await stillOwed(subjects)).length < subjects.length)
    return 'an erasure was taken back meanwhile, or may have been; the next run plans anew';
  if (target.isEmptied) {
    const taken = await remover.operations(target.name);
    if (taken === undefined) return 'it was emptied, and nobody can tell whether it has been written to after the plan';
    if (taken !== target.operations) return 'it was emptied, and has been written to after the plan';
  }
  await lease.assertHeld();
  const now = await remover.state(target.name, target.read.fields);
  const objected = objection(target, now);
  if (now === undefined || objected !== undefined) return objected ?? 'it is gone';
  return blocksWrites(now) ? undefined : 'its write block was lifted by somebody else';
};

/**
 * Drops one index whose documents are all expired, and never one that holds a live document: block writes (which waits
 * for operations in flight) → refresh → count again → compare the uuid → drop by name. If a live document turned up,
 * or the index has taken any operation since the plan, or what its drop relies on is gone (the younger index of its
 * pattern, say), the block is lifted and only the expired ones are deleted. An emptied index must hold no document of any
 * kind then, and have taken no operation since the plan; otherwise it is left as it is. A block that was there before us
 * is not lifted, nor is ours while nobody knows whether a drop is still on its way: it would meet live documents. The
 * next run lifts it.
 */
export const dropIndex = async (target: DropTarget, documents: number, execution: Execution): Promise<DropResult> => {
  const { remover, lease, onRemoved } = execution;
  await lease.assertHeld();
  const before = await remover.state(target.name, target.read.fields);
  const objected = firstObjection(target, before);
  if (before === undefined || objected !== undefined) return { done: 'left', reason: objected ?? 'it is gone' };
  // Before the block: those who write meet none.
  const written = await writtenSince(target, remover);
  if (written !== undefined) return deleteInstead(target, before, written, execution);

  let reason: string | undefined;
  let liftBlock = !target.writeBlocked;
  try {
    // Also where a block is already: one that was set by hand did not wait for the writes that were at work.
    await remover.blockWrites(target.name);
    const met = await remover.state(target.name);
    if (met !== undefined && met.uuid !== target.uuid) {
      // It was replaced at the last moment: our block met the new index, where nobody has announced it.
      await remover.liftWriteBlock(target.name);
      return { done: 'left', reason: objection(target, met) ?? 'it was replaced' };
    }
    const { live, subjects } = await contentOf(target, execution);
    reason = await blockedObjection(target, live, execution);
    if (reason === undefined) {
      const objectedNow = await lastObjection(target, subjects, execution);
      if (objectedNow !== undefined) return { done: 'left', reason: objectedNow };
      try {
        await remover.drop(target.name);
        liftBlock = false;
      } catch (thrown) {
        liftBlock &&= !isFateUnknown(thrown);
        throw thrown;
      }
      onRemoved(documents);
      return { done: 'dropped', documents };
    }
    if (target.isEmptied) return { done: 'left', reason: `it was emptied, and ${reason}` };
  } finally {
    // A failure of its own would hide why we are here. A block that stays is announced: the next run lifts it.
    if (liftBlock) await liftOurBlock(target, remover).catch(() => undefined);
  }
  return deleteInstead(target, before, reason, execution);
};
