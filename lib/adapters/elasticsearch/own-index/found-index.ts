import type { estypes } from '@elastic/elasticsearch';

/** An index as the server describes it, with flat settings. */
export interface FoundIndex {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly mappings: estypes.MappingTypeMapping;
}
