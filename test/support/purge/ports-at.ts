import type { Client } from '@elastic/elasticsearch';
import type { RequestPolicy } from '../../../lib/adapters/elasticsearch/client/request.ts';
import { elasticsearchAccounts } from '../../../lib/adapters/elasticsearch/count/elasticsearch-accounts.ts';
import { ownRecords } from '../../../lib/adapters/elasticsearch/records/elasticsearch-records.ts';
import type { Backend } from '../../../lib/app/backend.ts';
import { elasticsearchBackend } from '../../../lib/app/elasticsearch-backend.ts';
import { type ErasurePorts, erasurePorts } from '../../../lib/app/erasure-ports.ts';
import { housekeepingPorts } from '../../../lib/app/housekeeping-ports.ts';
import { purgePorts, type RunPorts } from '../../../lib/app/purge-ports.ts';
import type { Environment } from '../../../lib/base/environment.ts';
import type { OwnRecords } from '../../../lib/erasure/stored/own-records.ts';
import type { OwnNames } from '../../../lib/policy/own-indices.ts';
import type { RetentionPolicy } from '../../../lib/policy/retention-policy.ts';
import type { Clock } from '../../../lib/policy/time/instant.ts';

/** The ports of a run on a real server, built as in the product. */
export const realPorts = (
  client: Client,
  policy: RetentionPolicy,
  requests: RequestPolicy,
  clock: Clock,
  destroying: RequestPolicy = requests,
  environment: Environment = process.env,
): RunPorts & { readonly ownRecords: OwnRecords; readonly backend: Backend } => {
  const backend = elasticsearchBackend(client, policy, { requests, destroying, clock });
  return { ...purgePorts(backend, policy, { environment, clock }), ownRecords: backend.records, backend };
};

/**
 * The ports of a run on a real server with the test's own clock, with which the cluster seems to agree. It must be
 * behind the server's clock, because the server checks what is due by its own.
 */
export const portsAt = (...given: Parameters<typeof realPorts>): ReturnType<typeof realPorts> => {
  const ports = realPorts(...given);
  return { ...ports, store: { ...ports.store, serverTime: async () => ports.clock() } };
};

/** The ports of erasure on a real server. */
export const erasurePortsAt = (
  client: Client,
  requests: RequestPolicy,
  clock: Clock,
  environment: Environment,
  policy: OwnNames & Pick<RetentionPolicy, 'terminations'>,
  records: OwnRecords = ownRecords(client, requests, policy),
): ErasurePorts =>
  erasurePorts({ records, accountReader: elasticsearchAccounts(client, requests) }, policy, { environment, clock });

/** The ports of housekeeping on a real server. */
export const housekeepingPortsOf = (
  { backend, clock }: Pick<ReturnType<typeof realPorts>, 'backend' | 'clock'>,
  policy: RetentionPolicy,
  environment: Environment = process.env,
) => housekeepingPorts(backend, policy, { environment, clock });
