import { InputError } from '../base/errors.ts';
import type { ControlStore, StoredControls } from './control-store.ts';
import { type ControlsSeen, containsAllSeen, NO_CONTROLS } from './controls.ts';

/** A version that no document has. It means that there is no document. */
const NONE: StoredControls = { controls: NO_CONTROLS, version: '' };

const lost = (category: string, found: StoredControls | undefined, seen: readonly ControlsSeen[]): InputError =>
  new InputError('controls-lost', {
    expected: `the controls of "${category}" in revision ${Math.max(...seen.map(({ revision }) => revision))} or later: a run or command has seen that revision`,
    found:
      found === undefined
        ? 'no document with controls: somebody deleted it'
        : seen.some(({ made }) => made === found.controls.made)
          ? `revision ${found.controls.revision}: somebody restored an earlier state`
          : 'a document that was made again',
    fix: `Holds may be missing, so nothing is destroyed. Run node bin/es-retention.mjs setup if the index is gone. Place the missing holds again (reports name their ids). Then run node bin/es-retention.mjs resume --category ${category} --despite-lost.`,
  });

/**
 * The controls of a category for a command that changes nothing. If there is no document, there are no controls.
 * @param seen the latest controls that a run or a command has seen; empty if there were none.
 * @throws InputError `controls-lost`, and the errors of {@link ControlStore.read}
 */
export const lookAtControls = async (
  store: Pick<ControlStore, 'read'>,
  category: string,
  seen: readonly ControlsSeen[],
): Promise<StoredControls> => {
  const found = await store.read(category);
  const isLost = found === undefined ? seen.length > 0 : !containsAllSeen(found.controls, seen);
  if (isLost) throw lost(category, found, seen);
  return found ?? NONE;
};

/**
 * The same for a run. It creates the document if there is none and nobody has seen one. From then on, a missing
 * document is noticed.
 * @throws as {@link lookAtControls} and {@link ControlStore.create}
 */
export const openControls = async (
  store: Pick<ControlStore, 'read' | 'create'>,
  category: string,
  seen: readonly ControlsSeen[],
): Promise<StoredControls> => {
  const found = await lookAtControls(store, category, seen);
  return found === NONE ? store.create(category) : found;
};
