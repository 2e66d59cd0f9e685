import { requestFateOf, TransientError } from '../../base/errors.ts';
import { number } from '../../base/number-text.ts';
import type { DueSubject } from '../../criteria/due-criteria.ts';
import type { IndexState } from '../../criteria/index-description.ts';
import { canBeDue } from '../combine-rules.ts';
import { type DocumentRemover, type PlannedTarget, REFUSED_TOGETHER, type Target } from '../document-remover.ts';
import { mappingObstacle } from '../indices/changed-mapping.ts';
import { lostReliance, type Reliances } from '../indices/reliance.ts';
import { writeTargetReason } from '../indices/stay-reasons.ts';
import type { Execution } from './execution.ts';

/** The result of an attempt to drop one index. */
export type DropResult =
  | { readonly did: 'dropped'; readonly documents: number }
  /**
   * The index was not dropped, for the given reason, and has no block of ours. Its due documents are to be deleted one
   * by one.
   */
  | { readonly did: 'to-delete'; readonly reason: string; readonly blocks: IndexState['blocks'] }
  /** The index is left unchanged, for the given reason. The verification counts its documents. */
  | { readonly did: 'left'; readonly reason: string };

const blocksWrites = ({ blocks }: IndexState): boolean => blocks.includes('write');

/** The further ports of a drop. */
export interface DropExecution extends Execution {
  /** Called with the uuid of an index if nobody knows whether our block will be set on it. */
  readonly onUnsureBlock: (uuid: string) => void;
}

/** The facts of the plan about an index that is to be dropped. */
export interface DropTarget extends PlannedTarget {
  readonly aliases: readonly string[];
  readonly writeBlocked: boolean;
  /** Whether the index has no document. If false, every document is due. */
  readonly isEmptied: boolean;
  /** The number of operations that the index had executed when the plan was made; absent if unknown. */
  readonly operations?: number;
  readonly reliances: Reliances;
}

const hasOtherAliases = (target: DropTarget, { aliases }: IndexState): boolean =>
  aliases.length !== target.aliases.length || aliases.some(({ name }) => !target.aliases.includes(name));

const dropObstacle = (target: DropTarget, state: IndexState | undefined): string | undefined => {
  if (state === undefined) return 'it is gone';
  if (state.uuid !== target.uuid) return `it was replaced by another index of the same name (uuid ${state.uuid})`;
  if (hasOtherAliases(target, state)) return writeTargetReason(state) ?? 'its aliases changed after the plan';
  return writeTargetReason(state) ?? mappingObstacle(target, state);
};

/** Why writes must not be blocked for a drop of this index; undefined if they may be blocked. */
const firstObstacle = (target: DropTarget, state: IndexState | undefined): string | undefined => {
  const obstacle = dropObstacle(target, state);
  if (state === undefined || obstacle !== undefined) return obstacle;
  // Blocks are declared only for indices that had no block at the time of the plan. A block that is not declared
  // would stay after a crash.
  return blocksWrites(state) === target.writeBlocked ? undefined : 'its write block was set or lifted after the plan';
};

/**
 * Why a saved plan does not allow the drop of a write-blocked index; undefined if it does. The whole index would go, so
 * all its documents count.
 */
const beyondSavedPlan = async (target: DropTarget, { remover }: Execution): Promise<string | undefined> => {
  if (target.atMost === undefined) return undefined;
  const documents = await remover.countLive(target, {});
  return documents <= target.atMost
    ? undefined
    : `it has ${number(documents)} documents, and the saved plan drops it with at most ${number(target.atMost)}`;
};

/** Whether a drop may have been executed, or may still be executed, although its request failed. */
const mayBeExecuted = (thrown: unknown): boolean => ['ended', 'unknown'].includes(requestFateOf(thrown));

/**
 * Lifts our block from the same index that we blocked, not from a new index of the same name. Does so even if its
 * settings show no block: a block that was lifted while being set stays in force and is shown nowhere (tried on
 * 8.19.13). If the next run is about to drop the index, the block is its own by now: this run was frozen for long.
 */
const liftOurBlock = async (
  { name, uuid }: Target,
  { remover, lease }: Pick<Execution, 'remover' | 'lease'>,
): Promise<void> => {
  const state = await remover.state(name);
  if (state?.uuid !== uuid || (await lease.isDeclaredByNext(uuid))) return;
  await remover.liftWriteBlock(name);
};

/**
 * Sets our block. If the request fails, the cluster may still set the block later, so lifting it now does not help. So
 * the block stays declared, and a later run lifts it. That run must start after the request has certainly ended,
 * because until then an index without a block may still get it.
 */
const setBlock = async (
  { name, uuid }: Target,
  { remover, onUnsureBlock, onUnanswered }: DropExecution,
): Promise<void> => {
  try {
    await remover.blockWrites(name);
  } catch (thrown) {
    onUnsureBlock(uuid);
    // This does not depend on the last error: an earlier try may have been carried out in part.
    onUnanswered();
    throw thrown;
  }
};

/** The content of an index that nobody can write to. */
interface Content {
  /** Documents that are not due. */
  readonly live: number;
  /** Subjects whose erasure must still be owed when the index is dropped; empty if every document is due by its age. */
  readonly subjects: readonly DueSubject[];
}

const contentOf = async (target: DropTarget, { remover, criteria }: Execution): Promise<Content> => {
  // In an emptied index, any document prevents the drop.
  if (target.isEmptied) return { live: await remover.countLive(target, {}), subjects: [] };
  const { termination, ...others } = criteria;
  const hasDueErasures = termination !== undefined && termination.subjects.length > 0;
  if (canBeDue(others) || !hasDueErasures) {
    const live = await remover.countLive(target, others);
    if (live === 0 || !hasDueErasures) return { live, subjects: [] };
  }
  const live = await remover.countLive(target, criteria);
  if (live > 0) return { live, subjects: [] };
  const slices = await remover.slices(target, { termination });
  return { live, subjects: slices.flatMap((slice) => ('subjects' in slice ? slice.subjects : [])) };
};

/**
 * Why an index whose documents are all due is not dropped after new operations: the writer would create it again, with
 * guessed field types. Undefined if there were no new operations, or if the plan did not know their number.
 */
const writtenSince = async ({ name, isEmptied, operations }: DropTarget, remover: DocumentRemover) => {
  if (isEmptied || operations === undefined) return undefined;
  const taken = await remover.operations(name);
  if (taken === undefined) return 'nobody can tell whether it has been written to since the plan';
  return taken === operations ? undefined : 'it has been written to since the plan';
};

/**
 * Why a write-blocked index must not be dropped, so that its documents are deleted instead; undefined if it may be
 * dropped.
 */
const obstacleUnderBlock = async (target: DropTarget, live: number, { remover, isTemplated }: Execution) => {
  if (live > 0) return target.isEmptied ? 'is written to again' : 'a live document turned up while dropping';
  return (
    (await writtenSince(target, remover)) ??
    (await lostReliance(target.reliances, remover, () => isTemplated(target.name)))
  );
};

const CANCELLED = 'an erasure was cancelled meanwhile, or may have been; the next run plans anew';

/**
 * The last check before a drop, after the block and the count. Why the index must not be dropped; undefined if it may
 * be.
 */
const lastObstacle = async (
  target: DropTarget,
  subjects: readonly DueSubject[],
  execution: Execution,
): Promise<string | undefined> => {
  const { remover, lease, stillDue, assertUnchanged } = execution;
  if ((await stillDue(subjects)).length < subjects.length) return CANCELLED;
  if (target.isEmptied) {
    const taken = await remover.operations(target.name);
    if (taken === undefined) return 'it was emptied, and nobody can tell whether it has been written to after the plan';
    if (taken !== target.operations) return 'it was emptied, and has been written to after the plan';
  }
  await assertUnchanged();
  await lease.assertLeased();
  const now = await remover.state(target.name, target.read.fields);
  const obstacle = dropObstacle(target, now);
  if (now === undefined || obstacle !== undefined) return obstacle ?? 'it is gone';
  if (!blocksWrites(now)) return 'its write block was lifted by somebody else';
  // Once more: reading the state may have taken minutes.
  const [due] = await Promise.all([stillDue(subjects), assertUnchanged(), lease.assertLeased()]);
  return due.length < subjects.length ? CANCELLED : undefined;
};

/**
 * Sends the drop.
 * @param keepBlock called if the index is gone, or if the drop may still be executed: our block must stay then.
 * @returns whether it is dropped. False if the cluster refused to drop it together with others, and dropped none of
 *   them.
 */
const dropOnce = async (
  { name }: Target,
  isAlone: boolean,
  { remover, onUnanswered }: Execution,
  keepBlock: () => void,
): Promise<boolean> => {
  try {
    await remover.drop(name, isAlone);
    keepBlock();
    return true;
  } catch (thrown) {
    if (thrown instanceof TransientError && thrown.code === REFUSED_TOGETHER) return false;
    if (mayBeExecuted(thrown)) {
      keepBlock();
      onUnanswered();
    }
    throw thrown;
  }
};

/**
 * Checks for the last time, and drops. If the cluster refuses the index together with others, everything is checked
 * again, and the index gets a request of its own.
 * @returns why it was not dropped; undefined if it was.
 */
const checkAndDrop = async (
  target: DropTarget,
  subjects: readonly DueSubject[],
  execution: Execution,
  keepBlock: () => void,
): Promise<string | undefined> => {
  for (const isAlone of [false, true]) {
    const obstacle = await lastObstacle(target, subjects, execution);
    if (obstacle !== undefined) return obstacle;
    if (await dropOnce(target, isAlone, execution, keepBlock)) return undefined;
  }
  return 'the cluster refused to drop it';
};

/**
 * Drops one index whose documents are all due (by age, or for the end of an account), or that is empty. It must never
 * drop an index that has a live document. The steps have the numbers of docs/decisions/0003: 1, the lease, is taken
 * by the run, and 2, the declaration of the block, is made for all indices at once. Here, before step 3:
 * - Is the lease still ours, and are the controls (holds and pause) unchanged? Otherwise the run ends.
 * - Is it still the index of the plan (uuid, aliases, mapping, write block)? Otherwise it is left unchanged.
 * - Has it executed no operation since the plan? Otherwise only its due documents are to be deleted, without a block.
 *
 * Then:
 * 3. Block writes, which waits for operations in flight. Is the uuid still the same? Otherwise it is left.
 * 4. Refresh, and count again. If there is a live document, if it has executed an operation, or if an index, alias or
 *   template on which the drop relies is gone, then the block is lifted, and only its due documents are to be deleted.
 *   An emptied index is left. So is an index with more documents than a saved plan allows.
 * 5. Are its erasures still owed, and is an emptied index untouched? Are the controls and the lease unchanged? Is it
 *   still the index of the plan, and blocked? After that, erasures, controls and lease are checked once more.
 *   Otherwise it is left, or the run ends.
 * 6. Drop it by name.
 *
 * A block that existed before is not lifted. Our own block also stays while a drop may still be executed, since that
 * drop would destroy new live documents. The next run lifts it when no drop can be on its way any more.
 * @param documents number of documents in the index, as the plan counted them.
 * @throws TransientError if the lease is lost, the controls have changed, or the cluster does not answer.
 */
export const dropIndex = async (
  target: DropTarget,
  documents: number,
  execution: DropExecution,
): Promise<DropResult> => {
  const { remover, lease, onRemoved, assertUnchanged } = execution;
  await lease.assertLeased();
  await assertUnchanged();
  const before = await remover.state(target.name, target.read.fields);
  const obstacle = firstObstacle(target, before);
  if (before === undefined || obstacle !== undefined) return { did: 'left', reason: obstacle ?? 'it is gone' };
  // This check comes before the block, so that active writers are not blocked.
  const written = await writtenSince(target, remover);
  if (written !== undefined) return { did: 'to-delete', reason: written, blocks: before.blocks };

  let liftBlock = !target.writeBlocked;
  try {
    // Also needed if a block exists already: a block set by hand did not wait for running writes.
    await setBlock(target, execution);
    const stateUnderBlock = await remover.state(target.name);
    if (stateUnderBlock !== undefined && stateUnderBlock.uuid !== target.uuid) {
      // The index was replaced at the last moment. Our block is now on the new index, and is not declared for it.
      await remover.liftWriteBlock(target.name);
      return { did: 'left', reason: dropObstacle(target, stateUnderBlock) ?? 'it was replaced' };
    }
    const beyond = await beyondSavedPlan(target, execution);
    if (beyond !== undefined) return { did: 'left', reason: beyond };
    const { live, subjects } = await contentOf(target, execution);
    const reason = await obstacleUnderBlock(target, live, execution);
    if (reason !== undefined)
      return target.isEmptied
        ? { did: 'left', reason: `it was emptied, and ${reason}` }
        : { did: 'to-delete', reason, blocks: before.blocks };
    const lastReason = await checkAndDrop(target, subjects, execution, () => {
      liftBlock = false;
    });
    if (lastReason !== undefined) return { did: 'left', reason: lastReason };
    onRemoved(documents);
    return { did: 'dropped', documents };
  } finally {
    // An error here would hide the original one. A block that stays is declared, and the next run lifts it.
    if (liftBlock) await liftOurBlock(target, execution).catch(() => undefined);
  }
};
