import { isoInstant } from '../../../../lib/policy/time/instant.ts';
import type { DocumentInspector } from '../../../../lib/purge/document-inspector.ts';
import type { InMemoryCluster } from '../in-memory-cluster.ts';
import { datedBy } from './in-memory-dates.ts';

/** Looks at single documents of an {@link InMemoryCluster}. */
export const inMemoryInspector = (cluster: InMemoryCluster): DocumentInspector => ({
  valuesOf: async (index, id, fields) => {
    const document = cluster.existing(index).documents.get(id);
    if (document === undefined) return undefined;
    const [timestamp, ingested] = [document.timestamps[0], document.ingested[0]];
    const values = new Map([
      ...(timestamp === undefined ? [] : [['@timestamp', isoInstant(timestamp)] as const]),
      ...(ingested === undefined ? [] : [['event.ingested', isoInstant(ingested)] as const]),
    ]);
    return new Map([...values].filter(([field]) => fields.includes(field)));
  },
  undatable: async ({ name, usable }, age, most) => ({
    ids: [...cluster.existing(name).documents]
      .flatMap(([id, document]) => (datedBy(document, usable, age) === undefined ? [id] : []))
      .slice(0, most),
    request: `everything without a date in ${name}`,
  }),
});
