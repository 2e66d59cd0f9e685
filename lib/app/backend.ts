import type { EarlierRecords } from '../erasure/consistency/earlier-records.ts';
import type { Witnesses } from '../erasure/consistency/forgotten.ts';
import type { HousekeepingPorts } from '../erasure/housekeeping.ts';
import type { OwnRecords } from '../erasure/ledger/own-records.ts';
import type { AccountsWithData } from '../erasure/reconcile.ts';
import type { DateWriter } from '../maintenance/date-writer.ts';
import type { FunctionKeys } from '../maintenance/function-keys.ts';
import type { SetUpChoice, SetUpIndex } from '../maintenance/set-up.ts';
import type { IndexCatalogue } from '../purge/indices/unclaimed-indices.ts';
import type { Ports } from '../purge/purge.ts';
import type { ClusterIdentity } from '../purge/report/report.ts';

/**
 * What a store of documents brings: the ports whose other side is that store. Elasticsearch is one (`elasticsearch-backend.ts`); another
 * needs an implementation of this, and nothing else. What needs keys, archive or bus is built on it, by the other files of this folder.
 */
export interface Backend extends Pick<Ports, 'store' | 'remover' | 'leases' | 'reportStore'> {
  /** Which cluster answers. @throws InputError `unsupported-server`, `wrong-key`; TransientError `no-server` */
  identify(): Promise<ClusterIdentity>;
  readonly records: OwnRecords;
  /** What earlier versions kept in indices that all categories shared. */
  readonly earlier: EarlierRecords;
  /** Whether records of an earlier version have still to be moved. @throws InputError | TransientError */
  readonly hasEarlier: HousekeepingPorts['hasEarlier'];
  /** Overdue erasures in ledgers under another prefix. */
  readonly elsewhere: NonNullable<Witnesses['elsewhere']>;
  /** Every category that has an index of ours, whatever the policy says of it. @throws TransientError */
  readonly ownCategories: HousekeepingPorts['categories'];
  readonly accountsWithData: AccountsWithData;
  readonly dateWriter: DateWriter;
  readonly catalogue: IndexCatalogue;
  /** Makes our own indices as they should be. @throws InputError | TransientError */
  setUp(choice: SetUpChoice): Promise<readonly SetUpIndex[]>;
  /** The keys of a stage's functions. @param stage letters, digits and hyphens. */
  functionKeys(stage: string): FunctionKeys;
  /** Closes the connections. Nothing of it may be used afterwards. */
  close(): Promise<void>;
}
