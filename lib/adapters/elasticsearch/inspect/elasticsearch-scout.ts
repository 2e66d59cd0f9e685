import type { Client, estypes } from '@elastic/elasticsearch';
import type { IndexScout, ScoutedIndex } from '../../../maintenance/index-scout.ts';
import { matchesPattern } from '../../../policy/index-pattern.ts';
import { OWN_INDICES } from '../../../policy/parsing/pattern-check.ts';
import { type RequestPolicy, request } from '../client/request.ts';

type Properties = Readonly<Record<string, estypes.MappingProperty>> | undefined;

const DATES = new Set(['date', 'date_nanos']);
const IDENTIFIERS = new Set(['keyword', 'constant_keyword', 'long', 'integer', 'unsigned_long']);

/** The path and type of each field, also of fields in objects and of sub-fields. */
const fieldsIn = (properties: Properties, before = ''): readonly (readonly [path: string, type: string])[] =>
  Object.entries(properties ?? {}).flatMap(([name, property]) => {
    const path = `${before}${name}`;
    const inner = 'properties' in property ? property.properties : undefined;
    const more = 'fields' in property ? property.fields : undefined;
    return [[path, property.type ?? 'object'] as const, ...fieldsIn(inner, `${path}.`), ...fieldsIn(more, `${path}.`)];
  });

const ofTypes = (properties: Properties, types: ReadonlySet<string>): readonly string[] =>
  fieldsIn(properties).flatMap(([path, type]) => (types.has(type) ? path : []));

/** No policy may name our own indices. Indices of the cluster and its products have names that begin with a dot. */
const isOfUsers = (name: string, dataStream = name): boolean =>
  !dataStream.startsWith('.') && !matchesPattern(name, OWN_INDICES);

/** Looks at all open indices in three requests, and at the dates of one field in one. */
export const elasticsearchScout = (client: Client, requests: RequestPolicy): IndexScout => ({
  list: async () => {
    const [{ indices }, sizes, mappings] = await Promise.all([
      request(requests, 'reading the names of all indices', (options) =>
        client.indices.resolveIndex({ name: '*', expand_wildcards: ['open', 'hidden'] }, options),
      ),
      request(requests, 'reading the sizes of all indices', (options) =>
        client.cat.indices(
          {
            format: 'json',
            bytes: 'b',
            h: ['index', 'docs.count', 'store.size'],
            expand_wildcards: ['open', 'hidden'],
          },
          options,
        ),
      ),
      request(requests, 'reading the mappings of all indices', (options) =>
        client.indices.getMapping({ index: '*', expand_wildcards: ['open', 'hidden'] }, options),
      ),
    ]);
    const sizeOf = new Map(sizes.map((size) => [size.index, size]));
    return indices.flatMap(({ name, data_stream: dataStream }): ScoutedIndex | readonly ScoutedIndex[] => {
      const mapping = mappings[name]?.mappings;
      if (mapping === undefined || !isOfUsers(name, dataStream)) return [];
      const size = sizeOf.get(name);
      return {
        name,
        ...(dataStream !== undefined && { dataStream }),
        documents: Number(size?.['docs.count'] ?? 0),
        bytes: Number(size?.['store.size'] ?? 0),
        dates: ofTypes(mapping.properties, DATES),
        identifiers: ofTypes(mapping.properties, IDENTIFIERS),
      };
    });
  },
  dates: async (indices, field) => {
    const { aggregations } = await request(requests, 'reading the first and the last date', (options) =>
      client.search<unknown, Record<'from' | 'to', estypes.AggregationsMinAggregate>>(
        { index: [...indices], size: 0, aggs: { from: { min: { field } }, to: { max: { field } } } },
        options,
      ),
    );
    const [from, to] = [aggregations?.from.value, aggregations?.to.value];
    return from == null || to == null ? undefined : { from, to };
  },
});
