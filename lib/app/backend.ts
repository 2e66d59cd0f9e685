import type { AuditReader } from '../audit/audit-reader.ts';
import type { EarlierRecords } from '../erasure/consistency/earlier-records.ts';
import type { AccountReader } from '../erasure/consistency/reconcile.ts';
import type { Witnesses } from '../erasure/consistency/witnesses.ts';
import type { OwnRecords } from '../erasure/stored/own-records.ts';
import type { DateWriter } from '../maintenance/date-writer.ts';
import type { Diagnosis } from '../maintenance/diagnosis.ts';
import type { FunctionKeys } from '../maintenance/function-keys.ts';
import type { HousekeepingPorts } from '../maintenance/housekeeping.ts';
import type { IndexScout } from '../maintenance/index-scout.ts';
import type { SetUpChoice, SetUpIndex } from '../maintenance/set-up.ts';
import type { DocumentInspector } from '../purge/document-inspector.ts';
import type { IndexCatalogue } from '../purge/indices/unclaimed-indices.ts';
import type { Ports } from '../purge/purge.ts';
import type { ClusterIdentity } from '../purge/report/report.ts';
import type { RunHistory } from '../purge/report/run-history.ts';

/**
 * The ports that one document store implements. Elasticsearch is one such store (`elasticsearch-backend.ts`). Another
 * store implements this interface, and reads its own address and key. The other files of this folder add the ports that
 * need keys, archive or bus. Some texts are still specific to Elasticsearch: requests in fixes, privileges of keys,
 * names of settings.
 */
export interface Backend extends Pick<Ports, 'store' | 'remover' | 'leases' | 'controls' | 'reportStore'> {
  /**
   * Reads the name, uuid and version of the cluster that answers.
   * @throws InputError `unsupported-server`, `wrong-key`; TransientError `no-server`
   */
  identify(): Promise<ClusterIdentity>;
  readonly records: OwnRecords;
  /** The records that earlier versions kept in indices shared by all categories. */
  readonly earlier: EarlierRecords;
  /**
   * Whether records of an earlier version still have to be moved.
   * @throws InputError | TransientError
   */
  readonly hasEarlier: HousekeepingPorts['hasEarlier'];
  /** Finds overdue erasures in ledgers under another index prefix. */
  readonly elsewhere: NonNullable<Witnesses['elsewhere']>;
  /**
   * Every category that has one of our own indices, even if the policy does not contain it.
   * @throws TransientError
   */
  readonly ownCategories: HousekeepingPorts['categories'];
  readonly accountReader: AccountReader;
  readonly dateWriter: DateWriter;
  readonly catalogue: IndexCatalogue;
  readonly history: RunHistory;
  readonly inspector: DocumentInspector;
  readonly diagnosis: Diagnosis;
  readonly scout: IndexScout;
  /** The queries of the audit, which share no code with the other ports. Absent: the store cannot be audited. */
  readonly auditReader?: AuditReader;
  /**
   * Creates our own indices, and corrects differences in them.
   * @throws InputError | TransientError
   */
  setUp(choice: SetUpChoice): Promise<readonly SetUpIndex[]>;
  /**
   * The keys of the functions of one stage.
   * @param stage letters, digits and hyphens.
   */
  functionKeys(stage: string): FunctionKeys;
  /** Closes the connections. No port of this backend may be used afterwards. */
  close(): Promise<void>;
}
