import type { DateWriter } from '../../../../lib/maintenance/date-writer.ts';
import type { InMemoryCluster } from '../in-memory-cluster.ts';
import { datedBy } from './in-memory-dates.ts';

const FORMAT = 'strict_date_optional_time||epoch_millis';

/**
 * Writes ingestion dates on an {@link InMemoryCluster}. The date field always fits into a document, and nothing else
 * changes.
 */
export const inMemoryDateWriter = (cluster: InMemoryCluster): DateWriter => ({
  examine: async (names) =>
    new Map(
      names.flatMap((name) => {
        const description = cluster.indices.get(name)?.description;
        if (description?.open !== true) return [];
        const lossy = description.source?.kept === 'disabled' && { lossySource: '_source is disabled' };
        return [[name, { format: FORMAT, form: 'iso' as const, ...lossy }] as const];
      }),
    ),
  countDatedAt: async ({ name }, _criteria, ingestedAt) =>
    [...cluster.existing(name).documents.values()].filter(
      ({ ingested }) => ingested.length > 0 && ingested.every((each) => each === ingestedAt),
    ).length,
  mapIngested: async (name, field) => {
    const date = { type: 'date', searchable: true, aggregatable: true };
    cluster.describe(name, { fields: new Map([...cluster.existing(name).description.fields, [field, date]]) });
  },
  // A document in memory has no number that would change when written again.
  unwritable: async () => [],
  dateUndatable: async ({ name, usable }, criteria, ingestedAt, _place, bound, { leaving, assertLeased, onDated }) => {
    await assertLeased();
    const found = [...cluster.existing(name).documents]
      .filter(([id, document]) => !leaving.includes(id) && datedBy(document, usable, criteria) === undefined)
      .slice(0, bound);
    for (const [id, document] of found) cluster.write(name, id, { ...document, ingested: [ingestedAt] });
    onDated(found.length);
    return { passedOver: 0, full: found.length >= bound };
  },
});
