import type { Client, estypes } from '@elastic/elasticsearch';
import { earlierCopyName, type OwnIndices, type OwnNames, sharedIndices } from '../../../policy/own-indices.ts';
import { isForbidden } from '../../../purge/errors.ts';
import type { RequestPolicy } from '../client/request.ts';
import type { FoundIndex } from '../inspect/found-index.ts';
import { isMarked } from '../own-index/own-index-mark.ts';
import { findOwnIndex, type OwnIndexContext } from '../own-index/own-index-state.ts';
import { OWN_MAPPINGS } from '../own-index/own-mappings.ts';

/** An index of earlier versions, as one conversation about it is held. */
export interface EarlierIndex extends OwnIndexContext {
  /** It has a name that may be somebody else's: then only our mark makes it ours. */
  readonly isCopy: boolean;
}

/** The index that all categories shared in earlier versions, and the copy that a rebuild may have left of it. */
export const earlierIndices = (
  client: Client,
  requests: RequestPolicy,
  names: OwnNames,
  kind: keyof OwnIndices,
): readonly EarlierIndex[] => {
  const name = sharedIndices(names)[kind];
  const contextOf = (each: string) => ({ client, requests, shape: { name: each, mappings: OWN_MAPPINGS[kind] } });
  return [
    { ...contextOf(name), isCopy: false },
    { ...contextOf(earlierCopyName(name)), isCopy: true },
  ];
};

/**
 * An index of earlier versions as it is; undefined where it is not there, or is somebody else's.
 * @throws InputError `own-index-altered` where an alias has taken its name, `missing-privilege`; TransientError.
 */
export const findEarlier = async (index: EarlierIndex): Promise<FoundIndex | undefined> => {
  const found = await findOwnIndex(index);
  return found === undefined || (index.isCopy && !isMarked(found)) ? undefined : found;
};

/** Whether everything that an index held has been moved, as `setup` has noted at it. */
const isMoved = ({ _meta }: estypes.MappingTypeMapping): boolean => _meta?.moved === true;

/**
 * Whether an index of earlier versions is there that still has to be moved. A key that may not see it cannot tell, and takes it for none:
 * it was made by, or after, the `setup` that moves it.
 * @throws InputError `own-index-altered` where an alias has taken its name; TransientError.
 */
export const isLeftToMove = async (index: EarlierIndex): Promise<boolean> => {
  try {
    const found = await findEarlier(index);
    return found !== undefined && !isMoved(found.mappings);
  } catch (error) {
    if (isForbidden(error)) return false;
    throw error;
  }
};

/** Whether an index is there, and noted as moved. */
export const isNotedAsMoved = async (index: EarlierIndex): Promise<boolean> => {
  const found = await findEarlier(index);
  return found !== undefined && isMoved(found.mappings);
};
