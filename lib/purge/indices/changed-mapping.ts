import type { IndexState } from '../../criteria/index-description.ts';
import type { DocumentRemover, PlannedTarget } from '../document-remover.ts';

/** Why nothing is destroyed in an index whose mapping has changed since its documents were counted. */
export const MAPPING_CHANGED = 'its mapping changed after the plan; the next run counts anew';

/** Why the mapping of the category's fields differs from what the plan read; undefined if it does not differ. */
export const mappingObstacle = ({ read }: PlannedTarget, { mapping }: IndexState): string | undefined =>
  mapping === read.digest ? undefined : MAPPING_CHANGED;

/**
 * Why nothing (more) may be destroyed in an index: it is gone, another index has its name, or its mapping has changed
 * since the plan. Undefined if nothing changed. Called right before each destructive request.
 */
export const changedSince = async (
  target: PlannedTarget,
  { state }: Pick<DocumentRemover, 'state'>,
): Promise<string | undefined> => {
  const now = await state(target.name, target.read.fields);
  if (now === undefined) return 'it is gone';
  return now.uuid === target.uuid ? mappingObstacle(target, now) : 'it was replaced';
};
