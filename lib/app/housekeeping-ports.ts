import { expiringArchive } from '../adapters/archive/open-archive.ts';
import { CategoryVisit } from '../erasure/recording/category-visit.ts';
import type { HousekeepingPorts } from '../maintenance/housekeeping.ts';
import { ownIndices, RECORD_KINDS } from '../policy/own-indices.ts';
import type { RetentionPolicy } from '../policy/retention-policy.ts';
import type { Instant } from '../policy/time/instant.ts';
import type { Ports } from '../purge/purge.ts';
import type { Backend } from './backend.ts';
import type { PortContext } from './port-context.ts';

/**
 * Asks for the cluster's time, one category after the other, so that a forbidden or unsearchable index affects its own
 * category only. Reports are asked separately: a category that has only recorded terminations has no report index yet.
 */
const firstTime = async (
  store: Ports['store'],
  policy: RetentionPolicy,
  categories: readonly string[],
): Promise<Instant | undefined> => {
  const visit = new CategoryVisit();
  for (const category of categories) {
    const names = ownIndices(policy, category);
    for (const indices of [RECORD_KINDS.map((kind) => names[kind]), [names.reports]]) {
      const asked = () => store.serverTime(indices, category);
      const time = (await visit.each([category], asked)).get(category);
      if (time !== undefined) return time;
    }
  }
  return undefined;
};

/** Builds the ports of housekeeping: our own indices and the archive, but none of the indices that categories purge. */
export const housekeepingPorts = (
  { records, reportStore, controls, store, ownCategories, hasEarlier }: Backend,
  policy: RetentionPolicy,
  { environment, clock }: PortContext,
): HousekeepingPorts => {
  const archive = expiringArchive(environment);
  const known = [...policy.categories.keys()];
  return {
    ...records,
    reportStore,
    controls,
    categories: async () => [...new Set([...known, ...(await ownCategories())])],
    hasEarlier,
    ...(archive !== undefined && { archive }),
    serverTime: () => firstTime(store, policy, known),
    clock,
  };
};
