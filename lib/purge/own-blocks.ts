import pMap from 'p-map';
import { matchesPattern } from '../policy/index-pattern.ts';
import type { Category } from '../policy/retention-policy.ts';
import type { DocumentRemover } from './document-store.ts';
import type { Finding } from './finding.ts';
import type { BlockIntent, Lease, LeaseStore } from './lease.ts';

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

/** Lifts these blocks; the others of the lease stay announced. One that cannot be lifted now stays announced too. */
const lift = async (lease: Lease, intents: readonly BlockIntent[], remover: DocumentRemover): Promise<void> => {
  const others = lease.leftovers.filter((each) => !intents.includes(each));
  const blocked = await stillBlocked(intents, remover);
  await pMap(blocked, ({ index }) => remover.liftWriteBlock(index).catch(() => undefined), { concurrency: AT_ONCE });
  await lease.announce([...others, ...(await stillBlocked(blocked, remover))]);
};

/**
 * Lifts the write blocks that a run before this one announced, set, and did not live to lift. One that cannot be
 * lifted now stays announced, and does not keep the run from its work.
 */
export const liftLeftovers = async (lease: Lease, remover: DocumentRemover): Promise<void> => {
  if (lease.leftovers.length > 0) await lift(lease, lease.leftovers, remover);
};

/**
 * The same for blocks that were announced for indices of this category under another name: it was called otherwise, or its indices
 * belonged to another. Never lifts a block that a run at work has announced: its lease is held.
 */
export const liftStrays = async (
  { id, indices }: Pick<Category, 'id' | 'indices'>,
  runId: string,
  { leases, remover }: { readonly leases: LeaseStore; readonly remover: DocumentRemover },
): Promise<void> => {
  const isOurs = ({ index }: BlockIntent): boolean => indices.some((pattern) => matchesPattern(index, pattern));
  for (const { categoryId, blocks } of await leases.unheld()) {
    if (categoryId === id || !blocks.some(isOurs)) continue;
    // Somebody may have taken it since: then it is his to lift them.
    const lease = await leases.acquire(categoryId, runId).catch(() => undefined);
    if (lease === undefined) continue;
    // What cannot be lifted or written down now stays announced: the next run tries again, and this category's work goes on.
    await lift(lease, lease.leftovers.filter(isOurs), remover).catch(() => undefined);
    await lease.release();
  }
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
