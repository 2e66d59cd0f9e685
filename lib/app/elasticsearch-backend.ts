import type { Client } from '@elastic/elasticsearch';
import { elasticsearchAudit } from '../adapters/elasticsearch/audit/elasticsearch-audit.ts';
import { elasticsearchDateWriter } from '../adapters/elasticsearch/backfill/elasticsearch-date-writer.ts';
import { identifyCluster } from '../adapters/elasticsearch/client/identify-cluster.ts';
import type { RequestPolicy } from '../adapters/elasticsearch/client/request.ts';
import { elasticsearchAccounts } from '../adapters/elasticsearch/count/elasticsearch-accounts.ts';
import { elasticsearchInspector } from '../adapters/elasticsearch/count/elasticsearch-inspector.ts';
import { elasticsearchStore } from '../adapters/elasticsearch/count/elasticsearch-store.ts';
import { elasticsearchRemover } from '../adapters/elasticsearch/delete/elasticsearch-remover.ts';
import { elasticsearchScout } from '../adapters/elasticsearch/inspect/elasticsearch-scout.ts';
import { elasticsearchCatalogue } from '../adapters/elasticsearch/inspect/index-catalogue.ts';
import { overdueElsewhere } from '../adapters/elasticsearch/ledger/ledgers-elsewhere.ts';
import { ownCategories } from '../adapters/elasticsearch/own-index/own-categories.ts';
import { elasticsearchControlStore } from '../adapters/elasticsearch/records/elasticsearch-controls.ts';
import { elasticsearchHistory } from '../adapters/elasticsearch/records/elasticsearch-history.ts';
import { elasticsearchLeases } from '../adapters/elasticsearch/records/elasticsearch-leases.ts';
import { ownRecords } from '../adapters/elasticsearch/records/elasticsearch-records.ts';
import { elasticsearchReports } from '../adapters/elasticsearch/records/elasticsearch-reports.ts';
import { leasesByCategory } from '../adapters/elasticsearch/records/leases-by-category.ts';
import { reportsByCategory } from '../adapters/elasticsearch/records/reports-by-category.ts';
import { elasticsearchDiagnosis } from '../adapters/elasticsearch/setup/elasticsearch-diagnosis.ts';
import { earlierRecords } from '../adapters/elasticsearch/setup/elasticsearch-earlier-records.ts';
import { functionKeys } from '../adapters/elasticsearch/setup/elasticsearch-function-keys.ts';
import { setUpOwnIndices } from '../adapters/elasticsearch/setup/set-up-own-indices.ts';
import { earlierIndices, isLeftToMove } from '../adapters/elasticsearch/setup/shared-records.ts';
import { ownIndices, RECORD_KINDS } from '../policy/own-indices.ts';
import type { RetentionPolicy } from '../policy/retention-policy.ts';
import type { Clock } from '../policy/time/instant.ts';
import type { Backend } from './backend.ts';

/** How requests to Elasticsearch are sent, and the clock. */
export interface ElasticsearchUse {
  readonly requests: RequestPolicy;
  /**
   * How destructive requests are sent. Absent: like all others. Set if the caller needs time for further work after
   * them.
   */
  readonly destroying?: RequestPolicy;
  readonly clock: Clock;
}

const categoriesWithRecords = async (
  client: Client,
  requests: RequestPolicy,
  policy: RetentionPolicy,
): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const kind of RECORD_KINDS) found.push(...(await ownCategories(client, requests, policy, kind)));
  return [...new Set(found)];
};

const hasEarlier = async (client: Client, requests: RequestPolicy, policy: RetentionPolicy): Promise<boolean> => {
  for (const kind of ['ledger', 'events'] as const)
    for (const index of earlierIndices(client, requests, policy, kind)) if (await isLeftToMove(index)) return true;
  return false;
};

/** All ports on one Elasticsearch client. Sends nothing yet. */
export const elasticsearchBackend = (
  client: Client,
  policy: RetentionPolicy,
  { requests, destroying = requests, clock }: ElasticsearchUse,
): Backend => {
  const records = ownRecords(client, requests, policy);
  const indicesOf = (category: string) => ownIndices(policy, category);
  const all = [...policy.categories.keys()];
  return {
    identify: () => identifyCluster(client, requests),
    store: elasticsearchStore(client, requests, (category) =>
      (category === undefined ? all : [category]).map((id) => indicesOf(id).leases),
    ),
    remover: elasticsearchRemover(client, requests, destroying),
    leases: leasesByCategory(
      (category) => elasticsearchLeases(client, requests, clock, indicesOf(category).leases),
      () => ownCategories(client, requests, policy, 'leases'),
    ),
    controls: elasticsearchControlStore(client, requests, policy),
    reportStore: reportsByCategory((category) => elasticsearchReports(client, requests, indicesOf(category).reports)),
    history: elasticsearchHistory(client, requests, (category) => indicesOf(category).reports),
    inspector: elasticsearchInspector(client, requests),
    diagnosis: elasticsearchDiagnosis(client, requests, policy),
    scout: elasticsearchScout(client, requests),
    records,
    earlier: earlierRecords(client, requests, policy, records),
    hasEarlier: () => hasEarlier(client, requests, policy),
    elsewhere: (categories, now) => overdueElsewhere(client, requests, policy, categories, now),
    ownCategories: () => categoriesWithRecords(client, requests, policy),
    accountReader: elasticsearchAccounts(client, requests),
    dateWriter: elasticsearchDateWriter(client, requests),
    catalogue: elasticsearchCatalogue(client, requests),
    auditReader: elasticsearchAudit(client, requests),
    setUp: (choice) => setUpOwnIndices(client, requests, policy, choice),
    functionKeys: (stage) => functionKeys(client, requests, policy, stage),
    close: () => client.close(),
  };
};
