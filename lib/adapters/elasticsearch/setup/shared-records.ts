import type { Client, estypes } from '@elastic/elasticsearch';
import { isForbidden } from '../../../base/errors.ts';
import { earlierCopyName, type OwnIndices, type OwnNames, sharedIndices } from '../../../policy/own-indices.ts';
import type { RequestPolicy } from '../client/request.ts';
import { isMarked } from '../own-index/own-index-mark.ts';
import type { FoundIndex } from '../own-index/own-index-settings.ts';
import { findOwnIndex, type OwnIndexContext } from '../own-index/own-index-state.ts';
import { OWN_MAPPINGS } from './own-mappings.ts';

/** An index of earlier versions, with the client to use it. */
export interface EarlierIndex extends OwnIndexContext {
  /** Its name may belong to somebody else's index. Then only our mark shows that it is ours. */
  readonly isCopy: boolean;
}

/** The index that all categories shared in earlier versions, and a copy that a rebuild may have left. */
export const earlierIndices = (
  client: Client,
  requests: RequestPolicy,
  names: OwnNames,
  kind: Exclude<keyof OwnIndices, 'controls'>,
): readonly EarlierIndex[] => {
  const name = sharedIndices(names)[kind];
  const contextOf = (each: string) => ({ client, requests, shape: { name: each, mappings: OWN_MAPPINGS[kind] } });
  return [
    { ...contextOf(name), isCopy: false },
    { ...contextOf(earlierCopyName(name)), isCopy: true },
  ];
};

/**
 * The present state of an index of earlier versions; undefined if it does not exist or belongs to somebody else.
 * @throws InputError `own-index-altered` if an alias has taken its name, `missing-privilege`; TransientError.
 */
export const findEarlier = async (index: EarlierIndex): Promise<FoundIndex | undefined> => {
  const found = await findOwnIndex(index);
  return found === undefined || (index.isCopy && !isMarked(found)) ? undefined : found;
};

/** Whether `setup` has marked an index as moved completely. */
const isMoved = ({ _meta }: estypes.MappingTypeMapping): boolean => _meta?.moved === true;

/**
 * Whether there is an index of earlier versions that still has to be moved. For a key that may not see such an index,
 * the answer is no: the key was made by, or after, the `setup` that moves the index.
 * @throws InputError `own-index-altered` if an alias has taken its name; TransientError.
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

/** Whether an index exists and is noted as moved. */
export const isNotedAsMoved = async (index: EarlierIndex): Promise<boolean> => {
  const found = await findEarlier(index);
  return found !== undefined && isMoved(found.mappings);
};
