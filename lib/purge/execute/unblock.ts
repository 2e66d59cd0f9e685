import pMap from 'p-map';
import { reachesIndex } from '../../control/controls.ts';
import type { BlockIntent } from '../../criteria/due-criteria.ts';
import type { Finding } from '../../criteria/finding.ts';
import type { Category } from '../../policy/retention-policy.ts';
import type { Clock } from '../../policy/time/instant.ts';
import { CLOCKS_APART } from '../destruction.ts';
import type { DocumentRemover } from '../document-remover.ts';
import type { Lease } from '../lease.ts';

/** Blocks that are checked or lifted at once; the remover does it for all of them in one request. */
const BLOCKS_AT_ONCE = 50;

/**
 * The declared blocks that could not be lifted, or whose state is unknown. They stay declared, and the next run lifts
 * them.
 */
export const stillBlocked = async (
  intents: readonly BlockIntent[],
  remover: DocumentRemover,
): Promise<BlockIntent[]> => {
  const blocked = await pMap(
    intents,
    async (intent) => {
      try {
        const state = await remover.state(intent.index);
        return state !== undefined && state.uuid === intent.uuid && state.blocks.includes('write');
      } catch {
        return true;
      }
    },
    { concurrency: BLOCKS_AT_ONCE },
  );
  return intents.filter((_, index) => blocked[index]);
};

/**
 * Lifts write blocks that an earlier run declared and could not lift. A block that cannot be lifted now stays declared,
 * and the run continues. While an earlier drop may still be executed, its block is not lifted, because the drop would
 * destroy documents that are written afterwards. It must never lift a block from an index that the category's patterns
 * do not match, whatever the lease declares: a person may have set it.
 * @returns the blocks under which an earlier drop may still be executed.
 */
export const liftLeftovers = async (
  lease: Lease,
  category: Pick<Category, 'indices'>,
  remover: DocumentRemover,
  clock: Clock,
): Promise<readonly BlockIntent[]> => {
  if (lease.leftovers.length === 0) return [];
  if (lease.dropsUntil !== undefined && clock() < lease.dropsUntil + CLOCKS_APART) return lease.leftovers;
  const blocked = await stillBlocked(lease.leftovers, remover);
  const ours = blocked.filter(({ index }) => reachesIndex(category, index));
  await pMap(ours, ({ index }) => remover.liftWriteBlock(index).catch(() => undefined), {
    concurrency: BLOCKS_AT_ONCE,
  });
  await lease.declareBlocks(await stillBlocked(blocked, remover));
  return [];
};

/** The finding for an index that still has one of our write blocks, so that nobody can write to it. */
export const leftoverBlockFinding = (index: string): Finding => ({
  code: 'write-block-left',
  severity: 'blocking',
  index,
  expected: 'no write block of ours on an index that stays',
  found: 'index.blocks.write, which a run set in order to drop the index, and did not lift',
  fix: 'The next run lifts it. For twelve minutes after a run died, or after a drop without an answer, the block stays, since that drop may still be executed.',
});
