import type { estypes } from '@elastic/elasticsearch';

/** An index as the server describes it, its settings flat. */
export interface FoundIndex {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly mappings: estypes.MappingTypeMapping;
}
