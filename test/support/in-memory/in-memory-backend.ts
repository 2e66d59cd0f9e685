import type { Backend } from '../../../lib/app/backend.ts';
import type { FunctionKeys } from '../../../lib/maintenance/function-keys.ts';
import type { RetentionPolicy } from '../../../lib/policy/retention-policy.ts';
import type { Clock } from '../../../lib/policy/time/instant.ts';
import { inMemoryAccounts } from './in-memory-accounts.ts';
import { inMemoryCatalogue } from './in-memory-catalogue.ts';
import type { InMemoryCluster } from './in-memory-cluster.ts';
import { inMemoryControls } from './in-memory-controls.ts';
import { inMemoryDateWriter } from './in-memory-date-writer.ts';
import { inMemoryFunctionKeys } from './in-memory-function-keys.ts';
import { inMemoryLeases } from './in-memory-leases.ts';
import { inMemoryEventLogs, inMemoryLedger } from './in-memory-ledger.ts';
import { inMemoryReceipts } from './in-memory-receipts.ts';
import { inMemoryRemover } from './in-memory-remover.ts';
import { inMemoryHistory, inMemoryReports } from './in-memory-reports.ts';
import { inMemorySetUp } from './in-memory-set-up.ts';
import { inMemoryStore } from './in-memory-store.ts';

/** Ledger, events and receipts of all categories, in memory. */
export const inMemoryRecords = () => ({
  ledger: inMemoryLedger(),
  events: inMemoryEventLogs(),
  receipts: inMemoryReceipts(),
});

/** A store other than Elasticsearch: everything that the product needs from one, on an {@link InMemoryCluster}. */
export const inMemoryBackend = (
  cluster: InMemoryCluster,
  policy: RetentionPolicy,
  clock: Clock,
  records = inMemoryRecords(),
  controls = inMemoryControls(),
): Backend => {
  const [store, reportStore] = [inMemoryStore(cluster, clock), inMemoryReports()];
  const keys = new Map<string, FunctionKeys>();
  const keysOf = (stage: string): FunctionKeys => {
    const known = keys.get(stage) ?? inMemoryFunctionKeys(clock);
    keys.set(stage, known);
    return known;
  };
  return {
    identify: async () => ({ uuid: 'uuid-in-memory', name: 'in memory', version: '9.4.3' }),
    store,
    remover: inMemoryRemover(cluster),
    leases: inMemoryLeases(clock),
    controls,
    reportStore,
    history: inMemoryHistory(reportStore),
    records,
    // There are no earlier versions and no other prefixes.
    earlier: { notMoved: async () => 0 },
    hasEarlier: async () => false,
    elsewhere: async () => [],
    ownCategories: async () => [
      ...new Set([
        ...(await records.ledger.categories()),
        ...[...reportStore.entries.values()].map(({ category }) => category),
      ]),
    ],
    accountReader: inMemoryAccounts(cluster, store),
    dateWriter: inMemoryDateWriter(cluster),
    catalogue: inMemoryCatalogue(cluster),
    setUp: inMemorySetUp(policy),
    functionKeys: keysOf,
    close: async () => undefined,
  };
};
