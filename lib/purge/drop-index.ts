import { deleteDocuments, type Execution } from './delete-documents.ts';
import type { IndexState, Target } from './document-store.ts';
import { writeTarget } from './plan.ts';

export type DropResult =
  | { readonly done: 'dropped'; readonly documents: number }
  | { readonly done: 'deleted'; readonly documents: number; readonly finished: boolean }
  /** Left as it is, for the reason given; the verification will count what is in it. */
  | { readonly done: 'left'; readonly reason: string };

const blocksWrites = ({ blocks }: IndexState): boolean => blocks.includes('write');

const objection = (target: Target, state: IndexState | undefined): string | undefined => {
  if (state === undefined) return 'it is gone';
  if (state.uuid !== target.uuid) return `it was replaced by another index of the same name (uuid ${state.uuid})`;
  return writeTarget(state);
};

/**
 * Drops one index whose documents are all expired, and never one that holds a live document: block writes (which waits
 * for operations in flight) → refresh → count again → compare the uuid → drop by name. If a live document turned up,
 * the block is lifted and only the expired ones are deleted. A block that was there before us is not lifted.
 */
export const dropIndex = async (target: Target, documents: number, execution: Execution): Promise<DropResult> => {
  const { remover, lease, criteria, onRemoved } = execution;
  await lease.assertHeld();
  const before = await remover.state(target.name);
  const objected = objection(target, before);
  if (before === undefined || objected !== undefined) return { done: 'left', reason: objected ?? 'it is gone' };
  const blockIsOurs = !blocksWrites(before);

  let dropped = false;
  try {
    if (blockIsOurs) await remover.blockWrites(target.name);
    const live = await remover.countLive(target, criteria);
    if (live === 0) {
      const now = await remover.state(target.name);
      const objectedNow = objection(target, now);
      if (now === undefined || objectedNow !== undefined) return { done: 'left', reason: objectedNow ?? 'it is gone' };
      if (!blocksWrites(now)) return { done: 'left', reason: 'its write block was lifted by somebody else' };
      await lease.assertHeld();
      await remover.drop(target.name);
      dropped = true;
      onRemoved(documents);
      return { done: 'dropped', documents };
    }
    if (!blockIsOurs)
      return { done: 'left', reason: `${live} live documents turned up, and its write block is not ours` };
  } finally {
    if (blockIsOurs && !dropped) await remover.liftWriteBlock(target.name);
  }
  const deleted = await deleteDocuments(target, execution);
  return { done: 'deleted', ...deleted };
};
