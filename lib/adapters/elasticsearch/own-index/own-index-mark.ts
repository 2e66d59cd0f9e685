import type { estypes } from '@elastic/elasticsearch';
import { writtenBody } from '../client/written-body.ts';
import type { FoundIndex } from '../inspect/found-index.ts';

/** Of our mappings. Raise it with every field that one gets: earlier versions tell by it whose fields they do not know. */
const MAPPING_VERSION = 2;

/** Marks an index that was made with its template. Indices of earlier versions say no version. */
export const MARK = { managedBy: 'es-retention', version: MAPPING_VERSION };

/** Beside the mark, while documents are still being copied into an index. */
const REBUILDING = { ...MARK, rebuilding: true };

/** Characters of JSON that the mark of a later version may have: each node of the cluster keeps it in memory. */
const LONGEST_LATER = 1_000;

/** What an index is marked with that is being made anew, or is whole again. */
export const markOf = (isRebuilding: boolean): Record<string, unknown> => (isRebuilding ? REBUILDING : MARK);

/** Whether an index was made with its template. */
export const isMarked = ({ mappings }: FoundIndex): boolean => mappings._meta?.managedBy === MARK.managedBy;

/** Whether its mark says that a documents' copy is at work in an index. */
export const isRebuilding = ({ mappings }: FoundIndex): boolean => mappings._meta?.rebuilding === true;

/** Whether a mapping says that a later version of es-retention made it. */
export const isOfLaterVersion = ({ _meta }: estypes.MappingTypeMapping): boolean => {
  const version: unknown = _meta?.version;
  return typeof version === 'number' && version > MAPPING_VERSION;
};

const isOfThisVersionOrEarlier = (version: unknown): boolean =>
  Number.isInteger(version) && Number(version) >= 1 && Number(version) <= MAPPING_VERSION;

/** Whether `_meta` is what this version or an earlier one writes, nothing, or short and of a later version. */
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

/** The request that marks an index as ours again. It replaces all of `_meta`. Pure. */
export const markAgain = (index: string, found: FoundIndex): string =>
  `Mark it again: PUT /${index}/_mapping ${writtenBody({ _meta: markOf(isRebuilding(found)) })}.`;
