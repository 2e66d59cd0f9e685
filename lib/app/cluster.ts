import type { AuditPorts } from '../audit/audit.ts';
import type { HousekeepingPorts } from '../maintenance/housekeeping.ts';
import type { RetentionPolicy } from '../policy/retention-policy.ts';
import type { Instant } from '../policy/time/instant.ts';
import { auditPorts } from './audit-ports.ts';
import type { Backend } from './backend.ts';
import { type ErasurePorts, erasurePorts } from './erasure-ports.ts';
import { housekeepingPorts } from './housekeeping-ports.ts';
import type { PortContext } from './port-context.ts';
import { purgePorts, type RunPorts } from './purge-ports.ts';

/**
 * A cluster as the command line and the functions use it: every port, ready to use. Nothing is sent before a port is
 * called. Keys and archive are opened when they are first needed.
 */
export interface Cluster
  extends Pick<
    Backend,
    'identify' | 'catalogue' | 'history' | 'inspector' | 'diagnosis' | 'scout' | 'setUp' | 'functionKeys' | 'close'
  > {
  /** Host and port, without credentials. */
  readonly host: string;
  /** When the API key expires, if the configuration says so. */
  readonly apiKeyExpiresAt?: Instant;
  readonly ports: RunPorts;
  readonly erasure: ErasurePorts;
  readonly housekeeping: HousekeepingPorts;
  /** Absent if the store cannot be audited. */
  readonly audit?: AuditPorts;
}

/** Builds the ports on a backend. Sends nothing. */
export const clusterOn = (
  backend: Backend,
  policy: RetentionPolicy,
  surroundings: PortContext,
  { host, apiKeyExpiresAt }: Pick<Cluster, 'host' | 'apiKeyExpiresAt'>,
): Cluster => ({
  host,
  ...auditPorts(backend, surroundings),
  ...(apiKeyExpiresAt !== undefined && { apiKeyExpiresAt }),
  identify: () => backend.identify(),
  ports: purgePorts(backend, policy, surroundings),
  erasure: erasurePorts(backend, policy, surroundings),
  housekeeping: housekeepingPorts(backend, policy, surroundings),
  catalogue: backend.catalogue,
  history: backend.history,
  inspector: backend.inspector,
  diagnosis: backend.diagnosis,
  scout: backend.scout,
  setUp: (choice) => backend.setUp(choice),
  functionKeys: (stage) => backend.functionKeys(stage),
  close: () => backend.close(),
});
