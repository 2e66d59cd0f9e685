import type { IndexScout } from '../../../../lib/maintenance/index-scout.ts';
import type { InMemoryCluster } from '../in-memory-cluster.ts';

const DOCUMENT_BYTES = 1_000;

/** What an {@link InMemoryCluster} holds. */
export const inMemoryScout = (cluster: InMemoryCluster): IndexScout => ({
  list: async () =>
    [...cluster.indices.values()].map(({ description: { name, dataStream, fields }, documents }) => ({
      name,
      ...(dataStream !== undefined && { dataStream }),
      documents: documents.size,
      bytes: documents.size * DOCUMENT_BYTES,
      dates: [...fields].flatMap(([field, { type }]) => (type === 'date' ? field : [])),
      identifiers: [...fields].flatMap(([field, { type }]) => (type === 'keyword' || type === 'long' ? field : [])),
    })),
  dates: async (indices, field) => {
    const found = indices
      .flatMap((name) => [...cluster.existing(name).documents.values()])
      .flatMap(({ timestamps, ingested }) => (field === '@timestamp' ? timestamps : ingested));
    return found.length === 0 ? undefined : { from: Math.min(...found), to: Math.max(...found) };
  },
});
