import type { Backend } from '../../../lib/app/backend.ts';
import type { FunctionKeys } from '../../../lib/maintenance/function-keys.ts';
import type { RetentionPolicy } from '../../../lib/policy/retention-policy.ts';
import type { Clock } from '../../../lib/policy/time/instant.ts';
import type { InMemoryCluster } from './in-memory-cluster.ts';
import { inMemorySetUp } from './in-memory-set-up.ts';
import { inMemoryAccounts } from './records/in-memory-accounts.ts';
import { inMemoryControls } from './records/in-memory-controls.ts';
import { inMemoryFunctionKeys } from './records/in-memory-function-keys.ts';
import { inMemoryLeases } from './records/in-memory-leases.ts';
import { inMemoryEventLogs, inMemoryLedger } from './records/in-memory-ledger.ts';
import { inMemoryReceipts } from './records/in-memory-receipts.ts';
import { inMemoryHistory, inMemoryReports } from './records/in-memory-reports.ts';
import { inMemoryCatalogue } from './store/in-memory-catalogue.ts';
import { inMemoryDateWriter } from './store/in-memory-date-writer.ts';
import { inMemoryInspector } from './store/in-memory-inspector.ts';
import { inMemoryRemover } from './store/in-memory-remover.ts';
import { inMemoryScout } from './store/in-memory-scout.ts';
import { inMemoryStore } from './store/in-memory-store.ts';

/** Ledger, events and receipts of all categories, in memory. */
export const inMemoryRecords = () => ({
  ledger: inMemoryLedger(),
  events: inMemoryEventLogs(),
  receipts: inMemoryReceipts(),
});

/**
 * A store other than Elasticsearch, with everything that the product needs from a store, on an {@link InMemoryCluster}.
 */
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
    inspector: inMemoryInspector(cluster),
    scout: inMemoryScout(cluster),
    // Nobody is asked for a key. Our own indices are always there.
    diagnosis: { missingPrivileges: async () => undefined, ownIndices: async () => [] },
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
