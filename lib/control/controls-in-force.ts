import { InputError } from '../base/errors.ts';
import type { ControlStore, StoredControls } from './control-store.ts';
import { type ControlsSeen, isAsLateAs, NO_CONTROLS } from './controls.ts';

/** A version that no document has: there is none. */
const NONE: StoredControls = { controls: NO_CONTROLS, version: '' };

const lost = (category: string, found: StoredControls | undefined, seen: ControlsSeen): InputError =>
  new InputError('controls-lost', {
    expected: `the controls of "${category}" at revision ${seen.revision} or later, with which a run destroyed documents`,
    found:
      found === undefined
        ? 'no document with controls: somebody deleted it'
        : found.controls.made === seen.made
          ? `revision ${found.controls.revision}: somebody restored an earlier state`
          : 'a document that was made again',
    fix: `Holds may be missing, so nothing is destroyed. Run node bin/es-retention.mjs setup if the index is gone. Place the missing holds again (reports name their ids). Then run node bin/es-retention.mjs resume --category ${category} --despite-lost.`,
  });

/**
 * The controls of a category for a command that changes nothing. No document counts as no controls.
 * @param seen the controls with which a run last destroyed anything.
 * @throws InputError `controls-lost`, and the errors of {@link ControlStore.read}
 */
export const lookAtControls = async (
  store: Pick<ControlStore, 'read'>,
  category: string,
  seen: ControlsSeen | undefined,
): Promise<StoredControls> => {
  const found = await store.read(category);
  if (seen !== undefined && (found === undefined || !isAsLateAs(found.controls, seen)))
    throw lost(category, found, seen);
  return found ?? NONE;
};

/**
 * The same for a run. It creates the document if there is none and no run has destroyed anything with controls. So
 * from now on, a missing document is noticed.
 * @throws as {@link lookAtControls} and {@link ControlStore.create}
 */
export const openControls = async (
  store: Pick<ControlStore, 'read' | 'create'>,
  category: string,
  seen: ControlsSeen | undefined,
): Promise<StoredControls> => {
  const found = await lookAtControls(store, category, seen);
  return found === NONE ? store.create(category) : found;
};
