import type { AgeCriteria, Counts, Dating, DocumentStore } from '../../../lib/purge/document-store.ts';
import type { InMemoryCluster, InMemoryDocument } from './in-memory-cluster.ts';
import { datedBy, isAheadOfIngestion, isBefore } from './in-memory-dating.ts';

const countsOf = (documents: readonly InMemoryDocument[], dating: Dating, criteria?: AgeCriteria): Counts => {
  if (criteria === undefined)
    return { documents: documents.length, due: 0, overdue: 0, undatable: 0, aheadOfIngestion: 0 };
  const dates = documents.map((document) => datedBy(document, dating, criteria));
  const timestamps = dating.timestamp ? documents.flatMap((document) => document.timestamps) : [];
  return {
    documents: documents.length,
    due: dates.filter((dated) => isBefore(dated, criteria.cutoff)).length,
    overdue: dates.filter((dated) => isBefore(dated, criteria.overdueBefore)).length,
    undatable: dates.filter((dated) => dated === undefined).length,
    aheadOfIngestion: documents.filter((document) => isAheadOfIngestion(document, dating, criteria)).length,
    ...(timestamps.length > 0 && { from: Math.min(...timestamps), to: Math.max(...timestamps) }),
  };
};

const outage = (cluster: InMemoryCluster, name: string): string | undefined => {
  const description = cluster.indices.get(name)?.description;
  if (description === undefined) return 'no such index';
  if (!description.open) return 'closed';
  if (description.health === 'red') return 'no shard available';
  return description.blocks.includes('read') ? 'read-blocked' : undefined;
};

/** The reading port on an {@link InMemoryCluster}. */
export const inMemoryStore = (cluster: InMemoryCluster): DocumentStore => ({
  describe: async (patterns, fields) =>
    cluster.matching(patterns).map(({ description }) => ({
      ...description,
      answers: description.open && !description.blocks.includes('metadata'),
      fields: new Map([...description.fields].filter(([field]) => fields.includes(field))),
    })),
  count: async (_patterns, indices, criteria) => {
    const counts = new Map<string, Counts>();
    const unanswered = new Map<string, string>();
    const dates: number[] = [];
    for (const { name, dating } of indices) {
      const why = outage(cluster, name);
      if (why !== undefined) {
        unanswered.set(name, why);
        continue;
      }
      const documents = [...cluster.existing(name).documents.values()];
      counts.set(name, countsOf(documents, dating, criteria));
      if (criteria === undefined) continue;
      for (const document of documents) {
        const dated = datedBy(document, dating, criteria);
        if (dated !== undefined) dates.push(Math.max(...dated.values));
      }
    }
    return { counts, unanswered, ...(dates.length > 0 && { oldestAt: Math.min(...dates) }) };
  },
});
