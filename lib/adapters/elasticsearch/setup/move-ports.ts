import type { Client } from '@elastic/elasticsearch';
import type { OwnRecords } from '../../../erasure/stored/own-records.ts';
import type { RetentionPolicy } from '../../../policy/retention-policy.ts';
import type { LeaseStore } from '../../../purge/lease.ts';
import type { RequestPolicy } from '../client/request.ts';

/** The ports for moving. */
export interface MovePorts {
  readonly client: Client;
  readonly requests: RequestPolicy;
  readonly policy: RetentionPolicy;
  readonly records: Pick<OwnRecords, 'ledger'>;
  readonly leases: LeaseStore;
}
