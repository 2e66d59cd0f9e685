import type { estypes } from '@elastic/elasticsearch';
import type { IndexDescription } from '../../../criteria/index-description.ts';

/** The mode of `_source`: stored as it was sent, unless the index has a mode that makes it synthetic. */
const modeOf = (index: { mode?: string; mapping?: { source?: { mode?: string } } }): string =>
  index.mapping?.source?.mode ?? (['logsdb', 'time_series'].includes(index.mode ?? '') ? 'synthetic' : 'stored');

/** How much an index keeps of its documents, from `GET <index>`; empty if it keeps them unchanged. */
export const sourceFacts = ({ settings, mappings }: estypes.IndicesIndexState): Pick<IndexDescription, 'source'> => {
  const { enabled, mode, includes = [], excludes = [] } = mappings?._source ?? {};
  const kept =
    enabled === false ? 'disabled' : (mode ?? modeOf((settings?.index ?? {}) as Parameters<typeof modeOf>[0]));
  if (kept === 'stored' && includes.length === 0 && excludes.length === 0) return {};
  return { source: { kept: kept === 'stored' || kept === 'disabled' ? kept : 'synthetic', includes, excludes } };
};
