import type { Counts, Tally } from '../../criteria/counts.ts';
import type { Criteria, UsableFields } from '../../criteria/due-criteria.ts';
import type { DocumentStore } from '../../purge/document-store.ts';

const NOTHING: Counts = { documents: 0, due: 0, overdue: 0, undatable: 0, aheadOfIngestion: 0, behindIngestion: 0 };

const withoutHolds = ({ held: _, ...criteria }: Criteria): Criteria => criteria;
const withoutHeldField = ({ held: _, ...usable }: UsableFields): UsableFields => usable;

/**
 * A store that counts in one index only, or only one document of it. So the queries for the whole category answer for
 * this index or document. The oldest date may also be the date of a held document.
 */
export const onlyIn = (store: DocumentStore, index: string, id?: string): DocumentStore => ({
  ...store,
  count: async (patterns, indices, criteria): Promise<Tally> => {
    const own = indices.filter(({ name }) => name === index);
    const tally = await store.count(patterns, own, criteria, id);
    const free = own.map((each) => ({ ...each, usable: withoutHeldField(each.usable) }));
    const { oldestAt } =
      criteria.held === undefined ? tally : await store.count(patterns, free, withoutHolds(criteria), id);
    const others = indices.filter(({ name }) => name !== index).map(({ name }) => [name, NOTHING] as const);
    const { oldestAt: _, ...counted } = tally;
    return {
      ...counted,
      counts: new Map([...others, ...tally.counts]),
      ...(oldestAt !== undefined && { oldestAt }),
    };
  },
});
