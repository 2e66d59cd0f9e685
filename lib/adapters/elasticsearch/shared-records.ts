import type { Client, estypes } from '@elastic/elasticsearch';
import { type OwnIndices, type OwnNames, sharedIndices } from '../../policy/own-indices.ts';
import { InputError } from '../../purge/errors.ts';
import { findOwnIndex, type OwnIndexContext } from './own-index-state.ts';
import { OWN_MAPPINGS } from './own-mappings.ts';
import type { RequestPolicy } from './request.ts';

/** The index that all categories shared in earlier versions, as one conversation about it is held. */
export const sharedContext = (
  client: Client,
  policy: RequestPolicy,
  names: OwnNames,
  kind: keyof OwnIndices,
): OwnIndexContext => ({
  client,
  policy,
  shape: { name: sharedIndices(names)[kind], mappings: OWN_MAPPINGS[kind] },
});

/** Whether everything that an index held has been moved, as `setup` has noted at it. */
const isMoved = ({ _meta }: estypes.MappingTypeMapping): boolean => _meta?.moved === true;

/**
 * Whether an index of earlier versions is there that still has to be moved. A key that may not see it cannot tell, and takes it for none:
 * it was made by, or after, the `setup` that moves it.
 * @throws InputError `own-index-altered` where an alias has taken its name; WorldError.
 */
export const isLeftToMove = async (context: OwnIndexContext): Promise<boolean> => {
  try {
    const found = await findOwnIndex(context);
    return found !== undefined && !isMoved(found.mappings);
  } catch (error) {
    if (error instanceof InputError && error.code === 'missing-privilege') return false;
    throw error;
  }
};

/** Whether an index is there, and noted as moved. */
export const isNotedAsMoved = async (context: OwnIndexContext): Promise<boolean> => {
  const found = await findOwnIndex(context);
  return found !== undefined && isMoved(found.mappings);
};
