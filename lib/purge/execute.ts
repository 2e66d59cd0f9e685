import pMap from 'p-map';
import { deleteDocuments, type Execution, OUT_OF_TIME } from './delete-documents.ts';
import type { DocumentRemover, Target } from './document-store.ts';
import { dropIndex } from './drop-index.ts';
import { messageOf } from './errors.ts';
import type { BlockIntent, Lease } from './lease.ts';
import { deleteObstacle, type Plan, type PlannedIndex } from './plan.ts';

/** Drops in flight at once: the master batches them, so that twenty take hardly longer than one. */
const DROPS_AT_ONCE = 8;

/** What was done to one index, as far as the server acknowledged it. Not proof: the verification is. */
export interface ExecutedIndex {
  readonly index: string;
  readonly did: 'dropped' | 'deleted' | 'left';
  readonly documents: number;
  readonly note?: string;
}

const targetOf = ({ description, dating }: PlannedIndex): Target => ({
  name: description.name,
  uuid: description.uuid,
  primaries: description.primaries,
  dating,
});

const executeDrop = async (planned: PlannedIndex, execution: Execution): Promise<ExecutedIndex> => {
  const index = planned.description.name;
  const { aliases, blocks } = planned.description;
  const target = {
    ...targetOf(planned),
    aliases: aliases.map(({ name }) => name),
    writeBlocked: blocks.includes('write'),
  };
  const result = await dropIndex(target, planned.counts?.documents ?? 0, execution);
  if (result.done === 'left') return { index, did: 'left', documents: 0, note: result.reason };
  if (result.done === 'dropped') return { index, did: 'dropped', documents: result.documents };
  const note = result.leftBecause ?? 'a live document turned up while dropping';
  return { index, did: 'deleted', documents: result.documents, note };
};

const executeDelete = async (planned: PlannedIndex, execution: Execution): Promise<ExecutedIndex> => {
  const index = planned.description.name;
  const target = targetOf(planned);
  const state = await execution.remover.state(index);
  if (state?.uuid !== target.uuid)
    return { index, did: 'left', documents: 0, note: state === undefined ? 'it is gone' : 'it was replaced' };
  const obstacle = deleteObstacle(state.blocks);
  if (obstacle !== undefined)
    return { index, did: 'left', documents: 0, note: `index.blocks.${obstacle} was set after the plan` };
  const { documents, leftBecause } = await deleteDocuments(target, execution);
  if (leftBecause === undefined) return { index, did: 'deleted', documents };
  return { index, did: documents === 0 ? 'left' : 'deleted', documents, note: leftBecause };
};

/** One index's failure is its own: it is noted and the others go on. What is left is the verification's to say. */
const attempt = async (
  planned: PlannedIndex,
  execution: Execution,
  step: (planned: PlannedIndex, execution: Execution) => Promise<ExecutedIndex>,
): Promise<ExecutedIndex> => {
  const index = planned.description.name;
  if (execution.budget.remaining() <= 0) return { index, did: 'left', documents: 0, note: OUT_OF_TIME };
  try {
    return await step(planned, execution);
  } catch (thrown) {
    return { index, did: 'left', documents: 0, note: messageOf(thrown) };
  }
};

/**
 * Lifts the write blocks that a run before this one announced, set, and did not live to lift. One that cannot be
 * lifted now stays announced, and does not keep the run from its work.
 */
export const liftLeftovers = async (lease: Lease, remover: DocumentRemover): Promise<void> => {
  if (lease.leftovers.length === 0) return;
  const blocked = await stillBlocked(lease.leftovers, remover);
  await pMap(blocked, (intent) => remover.liftWriteBlock(intent.index).catch(() => undefined), {
    concurrency: DROPS_AT_ONCE,
  });
  await lease.announce(await stillBlocked(blocked, remover));
};

/**
 * Carries out a plan that the guard let through. The only destructive place. Drops come first: they are cheap and
 * complete. Each index ends as dropped, deleted from, or left with a note; nothing here says "done".
 */
export const execute = async (plan: Plan, execution: Execution): Promise<readonly ExecutedIndex[]> => {
  const drops = plan.indices.filter(({ action }) => action === 'drop');
  const deletes = plan.indices.filter(({ action }) => action === 'delete');
  const intents = drops
    .filter(({ description }) => !description.blocks.includes('write'))
    .map(({ description }): BlockIntent => ({ index: description.name, uuid: description.uuid }));

  // An announcement replaces the last one: blocks that could not be lifted at the start must not be forgotten by it.
  const standing = await stillBlocked(execution.lease.leftovers, execution.remover);
  const announced = [...standing, ...intents];
  if (intents.length > 0) await execution.lease.announce(announced);
  const dropped = await pMap(drops, (planned) => attempt(planned, execution, executeDrop), {
    concurrency: DROPS_AT_ONCE,
  });
  if (intents.length > 0) await execution.lease.announce(await stillBlocked(announced, execution.remover));

  const deleted: ExecutedIndex[] = [];
  for (const planned of deletes) deleted.push(await attempt(planned, execution, executeDelete));
  return [...dropped, ...deleted];
};

/** Announced blocks that could not be lifted, or of which we do not know, stay announced: the next run lifts them. */
const stillBlocked = async (intents: readonly BlockIntent[], remover: DocumentRemover): Promise<BlockIntent[]> => {
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
    { concurrency: DROPS_AT_ONCE },
  );
  return intents.filter((_, at) => blocked[at]);
};
