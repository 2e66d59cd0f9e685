import type { IndexCatalogue } from '../../../../lib/purge/indices/unclaimed-indices.ts';
import type { InMemoryCluster } from '../in-memory-cluster.ts';

/** Lists every index of an {@link InMemoryCluster}. Closed indices are not counted. */
export const inMemoryCatalogue = (cluster: InMemoryCluster): IndexCatalogue => ({
  list: async (fields) =>
    [...cluster.indices.values()].map(({ description }) => ({
      name: description.name,
      ...(description.dataStream !== undefined && { dataStream: description.dataStream }),
      aliases: description.aliases.map(({ name }) => name),
      ...(description.open && { primaries: description.primaries }),
      fields: new Set(fields.filter((field) => description.fields.has(field))),
    })),
  count: async (indices) =>
    new Map(
      indices.flatMap(({ name, primaries }) => {
        const documents = primaries === undefined ? undefined : cluster.indices.get(name)?.documents;
        return documents === undefined ? [] : [[name, documents.size] as const];
      }),
    ),
});
