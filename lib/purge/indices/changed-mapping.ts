import type { DocumentRemover, PlannedTarget } from '../document-store.ts';
import type { IndexState } from './index-description.ts';

/** Why nothing is destroyed in an index whose fields may be read otherwise than when it was counted. */
export const MAPPING_CHANGED = 'its mapping changed after the plan; the next run counts anew';

/** That the mapping decides otherwise about the fields of the category than the plan read; undefined when it does not. */
export const mappingObjection = ({ read }: PlannedTarget, { mapping }: IndexState): string | undefined =>
  mapping === read.digest ? undefined : MAPPING_CHANGED;

/**
 * Why nothing, or nothing more, may be destroyed in an index of which the plan knew more than is true now: it is gone, another one has its name, or
 * its mapping changed. Undefined when nothing of that is so. Asked right before each request that destroys.
 */
export const changedSince = async (
  target: PlannedTarget,
  { state }: Pick<DocumentRemover, 'state'>,
): Promise<string | undefined> => {
  const now = await state(target.name, target.read.fields);
  if (now === undefined) return 'it is gone';
  return now.uuid === target.uuid ? mappingObjection(target, now) : 'it was replaced';
};
