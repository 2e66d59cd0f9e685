import type { estypes } from '@elastic/elasticsearch';

/**
 * Run-time fields of a mapping whose names begin with an underscore, as metadata fields do, sorted. Elasticsearch lets
 * such a field override `_index` or `_ignored` in every query and script (tried on 8.19.13 and 9.4.3). It refuses
 * mapped fields of these names.
 */
export const shadowedMetadata = ({ runtime = {} }: estypes.MappingTypeMapping): readonly string[] =>
  Object.keys(runtime)
    .filter((name) => name.startsWith('_'))
    .sort();
