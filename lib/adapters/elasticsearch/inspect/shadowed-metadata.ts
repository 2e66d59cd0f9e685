import type { estypes } from '@elastic/elasticsearch';

/**
 * Run-time fields of a mapping that begin with an underscore, as metadata fields do, sorted. Elasticsearch lets one stand before `_index` or
 * `_ignored`: every query and script there reads it instead (tried on 8.19.13 and 9.4.3). Mapped fields of these names it refuses.
 */
export const shadowedMetadata = ({ runtime = {} }: estypes.MappingTypeMapping): readonly string[] =>
  Object.keys(runtime)
    .filter((name) => name.startsWith('_'))
    .sort();
