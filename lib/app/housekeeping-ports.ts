import type { Client } from '@elastic/elasticsearch';
import { expiringArchive } from '../adapters/archive/open-archive.ts';
import type { RequestPolicy } from '../adapters/elasticsearch/client/request.ts';
import { earlierIndices, isLeftToMove } from '../adapters/elasticsearch/moving/shared-records.ts';
import { ownCategories } from '../adapters/elasticsearch/own-index/own-categories.ts';
import type { OwnRecords } from '../adapters/elasticsearch/records/own-reports.ts';
import { Gathering } from '../erasure/gathering.ts';
import type { HousekeepingPorts } from '../erasure/housekeeping.ts';
import { ownIndices } from '../policy/own-indices.ts';
import type { RetentionPolicy } from '../policy/retention-policy.ts';
import type { Instant } from '../policy/time/instant.ts';
import type { Ports } from '../purge/purge.ts';

const KINDS = ['reports', 'ledger', 'events', 'receipts'] as const;

/**
 * By the indices of one category after the other: one that is forbidden, or cannot be searched, is not asked for the others. Where only
 * terminations were recorded, there are no reports yet.
 */
const firstTime = async (
  store: Ports['store'],
  policy: RetentionPolicy,
  categories: readonly string[],
): Promise<Instant | undefined> => {
  const gathering = new Gathering();
  for (const category of categories) {
    const names = ownIndices(policy, category);
    for (const indices of [KINDS.map((kind) => names[kind]), [names.reports]]) {
      const asked = () => store.serverTime(indices, category);
      const time = (await gathering.each([category], asked)).get(category);
      if (time !== undefined) return time;
    }
  }
  return undefined;
};

/** What housekeeping works with: our own indices and the archive, and none of the indices that categories purge. */
export const housekeepingPorts = (
  client: Client,
  requests: RequestPolicy,
  policy: RetentionPolicy,
  {
    ownRecords,
    reportStore,
    store,
    clock,
  }: Pick<Ports, 'reportStore' | 'store' | 'clock'> & { readonly ownRecords: OwnRecords },
  environment: Readonly<Record<string, string | undefined>> = process.env,
): HousekeepingPorts => {
  const archive = expiringArchive(environment);
  const known = [...policy.categories.keys()];
  return {
    ...ownRecords,
    reportStore,
    categories: async () => {
      const found: string[] = [];
      for (const kind of KINDS) found.push(...(await ownCategories(client, requests, policy, kind)));
      return [...new Set([...known, ...found])];
    },
    hasEarlier: async () => {
      for (const kind of ['ledger', 'events'] as const)
        for (const index of earlierIndices(client, requests, policy, kind)) if (await isLeftToMove(index)) return true;
      return false;
    },
    ...(archive !== undefined && { archive }),
    serverTime: () => firstTime(store, policy, known),
    clock,
  };
};
