import pMap from 'p-map';
import type { DocumentRemover } from './document-store.ts';
import type { Finding } from './finding.ts';
import type { BlockIntent, Lease } from './lease.ts';

/** Blocks looked at or lifted at once. */
const AT_ONCE = 8;

/** Announced blocks that could not be lifted, or of which we do not know, stay announced: the next run lifts them. */
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
    { concurrency: AT_ONCE },
  );
  return intents.filter((_, at) => blocked[at]);
};

/**
 * Lifts the write blocks that a run before this one announced, set, and did not live to lift. One that cannot be
 * lifted now stays announced, and does not keep the run from its work.
 */
export const liftLeftovers = async (lease: Lease, remover: DocumentRemover): Promise<void> => {
  if (lease.leftovers.length === 0) return;
  const blocked = await stillBlocked(lease.leftovers, remover);
  await pMap(blocked, ({ index }) => remover.liftWriteBlock(index).catch(() => undefined), { concurrency: AT_ONCE });
  await lease.announce(await stillBlocked(blocked, remover));
};

/** That a block of ours is still on an index: nobody can write to it. */
export const blockLeft = (index: string): Finding => ({
  code: 'write-block-left',
  severity: 'blocking',
  index,
  expected: 'no write block of ours on an index that stays',
  found: 'index.blocks.write, which a run set in order to drop it, and did not lift',
  wayOut: 'The next run lifts it, at the latest two minutes after the end of one that died.',
});
