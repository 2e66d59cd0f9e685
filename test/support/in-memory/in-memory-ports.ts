import type { Clock } from '../../../lib/policy/time/instant.ts';
import { NO_DUE_ERASURES } from '../../../lib/purge/erasure-source.ts';
import type { Ports } from '../../../lib/purge/purge.ts';
import type { InMemoryCluster } from './in-memory-cluster.ts';
import { inMemoryControls } from './records/in-memory-controls.ts';
import { inMemoryLeases } from './records/in-memory-leases.ts';
import { inMemoryReports } from './records/in-memory-reports.ts';
import { inMemoryRemover } from './store/in-memory-remover.ts';
import { inMemoryStore } from './store/in-memory-store.ts';

/** All ports of a run, on one {@link InMemoryCluster} with one clock. */
export const inMemoryPorts = (cluster: InMemoryCluster, clock: Clock, sliceDocuments?: number): Ports => ({
  store: inMemoryStore(cluster, clock),
  remover: inMemoryRemover(cluster, sliceDocuments),
  leases: inMemoryLeases(clock),
  controls: inMemoryControls(),
  reportStore: inMemoryReports(),
  erasureSource: NO_DUE_ERASURES,
  clock,
});
