import pMap from 'p-map';
import { messageOf } from '../../base/errors.ts';
import type { BlockIntent } from '../../criteria/due-criteria.ts';
import { deleteObstacle } from '../../criteria/index-blocks.ts';
import type { IndexState } from '../../criteria/index-description.ts';
import { isEmptied } from '../../criteria/survey-result.ts';
import type { PlannedTarget } from '../document-remover.ts';
import { type Reliances, reliancesOf } from '../indices/reliance.ts';
import { untouchedFinding } from '../indices/untouched-index.ts';
import { MAX_DECLARED_BLOCKS } from '../lease.ts';
import { isRemoval, type Plan, type PlannedIndex } from '../plan.ts';
import { deleteDocuments, outOfTime } from './delete-documents.ts';
import { type DropExecution, dropIndex } from './drop-index.ts';
import type { Execution } from './execution.ts';
import { stillBlocked } from './unblock.ts';

/**
 * The number of drops at work at once. They go step by step together, and the remover sends one request for each step.
 * More drops gain nothing (measured with 28 and 84), and a refused request costs one more request for each of them.
 */
const DROPS_AT_ONCE = 50;

/** The number of indices that could not be dropped, and from which documents are deleted at the same time. */
const DELETED_AT_ONCE = 4;

/** The actions on one index that the server confirmed. This is no proof. Only the verification is a proof. */
export interface ExecutedIndex {
  readonly index: string;
  readonly did: 'dropped' | 'deleted' | 'left';
  readonly documents: number;
  readonly note?: string;
}

/** An index to be dropped, and the indices on which the drop relies. */
interface PlannedDrop extends PlannedIndex {
  readonly reliances: Reliances;
}

/** A drop must not rely on an index that the same run drops, or on an index that no plan may touch. */
const plannedDrops = ({ indices, category }: Plan): readonly PlannedDrop[] => {
  const staying = indices.filter((index) => index.action !== 'drop' && untouchedFinding(index, category) === undefined);
  return indices
    .filter(({ action }) => action === 'drop')
    .map((index) => ({ ...index, reliances: reliancesOf(index, staying, category) }));
};

const left = (index: string, note: string): ExecutedIndex => ({ index, did: 'left', documents: 0, note });

const targetOf = ({ description, usable, atMost }: PlannedIndex): PlannedTarget => ({
  name: description.name,
  uuid: description.uuid,
  primaries: description.primaries,
  ...(description.resultWindow !== undefined && { resultWindow: description.resultWindow }),
  ...(atMost !== undefined && { atMost }),
  usable,
  read: description.read,
});

/** An index whose documents are deleted instead of dropping it: the reason, and the blocks that were found on it. */
interface Undroppable {
  readonly planned: PlannedDrop;
  readonly why: string;
  readonly blocks: IndexState['blocks'];
}

type Dropped = ExecutedIndex | Undroppable;

const executeDrop = async (planned: PlannedDrop, execution: DropExecution): Promise<Dropped> => {
  const index = planned.description.name;
  const { aliases, blocks } = planned.description;
  const { operations, reliances } = planned;
  const target = {
    ...targetOf(planned),
    aliases: aliases.map(({ name }) => name),
    writeBlocked: blocks.includes('write'),
    isEmptied: isEmptied(planned),
    reliances,
    ...(operations !== undefined && { operations }),
  };
  const result = await dropIndex(target, planned.counts?.documents ?? 0, execution);
  if (result.did === 'to-delete') return { planned, why: result.reason, blocks: result.blocks };
  if (result.did === 'left') return left(index, result.reason);
  return { index, did: 'dropped', documents: result.documents };
};

const executeDelete = async (planned: PlannedIndex, execution: Execution): Promise<ExecutedIndex> => {
  const index = planned.description.name;
  const target = targetOf(planned);
  const state = await execution.remover.state(index);
  if (state?.uuid !== target.uuid) return left(index, state === undefined ? 'it is gone' : 'it was replaced');
  const obstacle = deleteObstacle(state.blocks);
  if (obstacle !== undefined) return left(index, `index.blocks.${obstacle} was set after the plan`);
  const { documents, leftBecause } = await deleteDocuments(target, execution);
  if (leftBecause === undefined) return { index, did: 'deleted', documents };
  return { index, did: documents === 0 ? 'left' : 'deleted', documents, note: leftBecause };
};

/** Deletes the due documents of an index that is not dropped after all. */
const deleteInstead = async ({ planned, why, blocks }: Undroppable, execution: Execution): Promise<ExecutedIndex> => {
  const index = planned.description.name;
  const obstacle = deleteObstacle(blocks);
  if (obstacle !== undefined) return left(index, `${why}, and index.blocks.${obstacle} lets none be deleted`);
  execution.pace.expect(planned.counts?.due ?? 0);
  const { documents, leftBecause } = await deleteDocuments(targetOf(planned), execution);
  return { index, did: 'deleted', documents, note: leftBecause ?? why };
};

/**
 * An error in one index is noted, and work on the other indices continues. The verification counts the documents that
 * are left.
 */
const attempt = async <Planned extends PlannedIndex, Needs extends Execution, Result>(
  planned: Planned,
  execution: Needs,
  step: (planned: Planned, execution: Needs) => Promise<Result>,
): Promise<Result | ExecutedIndex> => {
  const index = planned.description.name;
  if (execution.budget.remaining() <= 0) return left(index, outOfTime(execution.budget));
  try {
    return await step(planned, execution);
  } catch (thrown) {
    return left(index, messageOf(thrown));
  }
};

const AWAITED = 'an earlier drop of it got no answer, and may still be executed; the next run goes on';

const TOO_MANY_BLOCKS = 'too many write blocks could not be lifted; the next run lifts them first';

/**
 * Drops indices after declaring the write blocks that this needs. If the declaration fails, all are left. The next run
 * lifts declared blocks that remain.
 */
const dropDeclared = async (
  drops: readonly PlannedDrop[],
  declaredBefore: readonly BlockIntent[],
  execution: Execution,
): Promise<ExecutedIndex[]> => {
  const { lease, remover } = execution;
  const intents = drops
    .filter(({ description }) => !description.blocks.includes('write'))
    .map(({ description }): BlockIntent => ({ index: description.name, uuid: description.uuid }));
  const unsure = new Set<string>();
  const dropping = { ...execution, onUnsureBlock: (uuid: string) => void unsure.add(uuid) };
  if (intents.length === 0) return dropAll(drops, dropping);
  try {
    await lease.declareBlocks([...declaredBefore, ...intents]);
  } catch (thrown) {
    return drops.map(({ description }) => left(description.name, messageOf(thrown)));
  }
  const dropped = await dropAll(drops, dropping);
  const blocked = await stillBlocked(intents, remover);
  const kept = intents.filter((intent) => blocked.includes(intent) || unsure.has(intent.uuid));
  await lease.declareBlocks([...declaredBefore, ...kept]).catch(() => undefined);
  return dropped;
};

/**
 * Drops the planned indices, as many at a time as a lease can declare. It must never declare more: the next run would
 * not learn of the others, and nobody would lift their blocks.
 */
const executeDrops = async (planned: readonly PlannedDrop[], execution: Execution): Promise<ExecutedIndex[]> => {
  const { lease, remover, awaited } = execution;
  const isAwaited = ({ description: { uuid } }: PlannedDrop): boolean => awaited.some((intent) => intent.uuid === uuid);
  const executed = planned.filter(isAwaited).map(({ description }) => left(description.name, AWAITED));
  let waiting = planned.filter((each) => !isAwaited(each));
  // A new declaration replaces the last one. So it repeats the blocks that may still be set, or could not be lifted at
  // the start.
  let declared = awaited.length > 0 || waiting.length === 0 ? awaited : await stillBlocked(lease.leftovers, remover);
  while (waiting.length > 0) {
    const room = MAX_DECLARED_BLOCKS - declared.length;
    if (room <= 0) return [...executed, ...waiting.map(({ description }) => left(description.name, TOO_MANY_BLOCKS))];
    executed.push(...(await dropDeclared(waiting.slice(0, room), declared, execution)));
    waiting = waiting.slice(room);
    declared = lease.declaredBlocks();
  }
  return executed;
};

const dropAll = async (drops: readonly PlannedDrop[], execution: DropExecution): Promise<ExecutedIndex[]> => {
  const dropped = await pMap(drops, (planned) => attempt(planned, execution, executeDrop), {
    concurrency: DROPS_AT_ONCE,
  });
  return pMap(
    dropped,
    (result) => ('why' in result ? attempt(result.planned, execution, () => deleteInstead(result, execution)) : result),
    { concurrency: DELETED_AT_ONCE },
  );
};

/** The result if nothing of a plan may be done: each index is left, for this reason. */
export const leaveEveryIndex = ({ indices }: Plan, why: string): readonly ExecutedIndex[] =>
  indices.filter(({ action }) => isRemoval(action)).map(({ description }) => left(description.name, why));

/**
 * Carries out a plan that passed the guard. This is the only place that destroys documents of a category. Drops come
 * first: they are cheap and remove an index completely. Each index is dropped, some of its documents are deleted, or it
 * is left with a note. The result says what was tried, not which documents are gone. Only the verification says that.
 * Never throws.
 */
export const execute = async (plan: Plan, execution: Execution): Promise<readonly ExecutedIndex[]> => {
  const executed = await executeDrops(plannedDrops(plan), execution);
  for (const index of plan.indices.filter(({ action }) => action === 'delete'))
    executed.push(await attempt(index, execution, executeDelete));
  return executed;
};
