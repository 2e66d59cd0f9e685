import type { estypes } from '@elastic/elasticsearch';
import { type FoundIndex, writtenBody } from './own-index-settings.ts';

/**
 * The version of our mappings. Raise it with every new field: earlier versions use it to see that they do not know all
 * fields.
 */
const MAPPING_VERSION = 3;

/** Marks an index that was created with its template. Indices of earlier versions have no version. */
export const MARK = { managedBy: 'es-retention', version: MAPPING_VERSION };

/** The mark while documents are still being copied into an index. */
const REBUILDING = { ...MARK, rebuilding: true };

/** Maximum length of a later version's mark, in characters of JSON: each node of the cluster keeps it in memory. */
const LONGEST_LATER = 1_000;

/** The mark of an index that is being rebuilt, or is complete again. */
export const markOf = (isRebuilding: boolean): Record<string, unknown> => (isRebuilding ? REBUILDING : MARK);

/** Whether an index was created with its template. */
export const isMarked = ({ mappings }: FoundIndex): boolean => mappings._meta?.managedBy === MARK.managedBy;

/** Whether the mark of an index says that documents are being copied into it. */
export const isRebuilding = ({ mappings }: FoundIndex): boolean => mappings._meta?.rebuilding === true;

/** Whether a mapping was made by a later version of es-retention. */
export const isOfLaterVersion = ({ _meta }: estypes.MappingTypeMapping): boolean => {
  const version: unknown = _meta?.version;
  return typeof version === 'number' && version > MAPPING_VERSION;
};

const isOfThisVersionOrEarlier = (version: unknown): boolean =>
  Number.isInteger(version) && Number(version) >= 1 && Number(version) <= MAPPING_VERSION;

/** Whether `_meta` is acceptable: written by this or an earlier version, empty, or short and from a later version. */
export const hasOurMark = ({ mappings }: FoundIndex): boolean => {
  const { _meta = {} } = mappings;
  if (Object.keys(_meta).length === 0) return true;
  const { managedBy, version, rebuilding, ...more } = _meta as Record<string, unknown>;
  if (managedBy !== MARK.managedBy) return false;
  if (isOfLaterVersion(mappings)) return JSON.stringify(_meta).length <= LONGEST_LATER;
  return (
    Object.keys(more).length === 0 &&
    (version === undefined || isOfThisVersionOrEarlier(version)) &&
    (rebuilding === undefined || typeof rebuilding === 'boolean')
  );
};

/** The request that sets our mark on an index again. It replaces all of `_meta`. */
export const markAgain = (index: string, found: FoundIndex): string =>
  `Mark it again: PUT /${index}/_mapping ${writtenBody({ _meta: markOf(isRebuilding(found)) })}.`;
