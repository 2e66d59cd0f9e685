import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import { archivedEvents, openArchive } from '../adapters/archive/open-archive.ts';
import { fetchKeys } from '../adapters/crypto/fetch-keys.ts';
import { hasKeys } from '../adapters/crypto/key-ring.ts';
import { elasticsearchDateWriter } from '../adapters/elasticsearch/backfill/elasticsearch-date-writer.ts';
import type { RequestPolicy } from '../adapters/elasticsearch/client/request.ts';
import { elasticsearchStore } from '../adapters/elasticsearch/count/elasticsearch-documents.ts';
import { elasticsearchRemover } from '../adapters/elasticsearch/delete/elasticsearch-remover.ts';
import { overdueElsewhere } from '../adapters/elasticsearch/ledger/ledgers-elsewhere.ts';
import { earlierRecords } from '../adapters/elasticsearch/moving/earlier-records.ts';
import { ownCategories } from '../adapters/elasticsearch/own-index/own-categories.ts';
import { elasticsearchLeases } from '../adapters/elasticsearch/records/elasticsearch-leases.ts';
import { elasticsearchReports } from '../adapters/elasticsearch/records/elasticsearch-reports.ts';
import { leasesByCategory } from '../adapters/elasticsearch/records/leases-by-category.ts';
import { type OwnRecords, ownRecords } from '../adapters/elasticsearch/records/own-reports.ts';
import { newOpening } from '../adapters/elasticsearch/records/report-seal.ts';
import { reportsByCategory } from '../adapters/elasticsearch/records/reports-by-category.ts';
import { hasArchive, readArchiveLocation } from '../adapters/environment/configuration.ts';
import { once } from '../adapters/once.ts';
import { archivePeriods } from '../erasure/archive/archive-periods.ts';
import type { ManifestPorts } from '../erasure/archive/manifest.ts';
import { LedgerWitness } from '../erasure/consistency/ledger-witness.ts';
import { ledgerErasures } from '../erasure/due/due-erasures.ts';
import type { DateWriter } from '../maintenance/date-writer.ts';
import { ownIndices } from '../policy/own-indices.ts';
import type { RetentionPolicy } from '../policy/retention-policy.ts';
import type { Instant } from '../policy/time/instant.ts';
import type { Ports } from '../purge/purge.ts';

/** No single request takes longer, so that none outlives the lease it was sent under. */
export const REQUEST_MILLISECONDS = 60_000;

/** Where runs list which events the archive must hold; nowhere without an archive, or a key for it. */
const manifestsOf = (
  policy: RetentionPolicy,
  { events }: OwnRecords,
  environment?: Readonly<Record<string, string | undefined>>,
): { readonly manifests?: ManifestPorts } => {
  if (!hasArchive(environment) || !hasKeys('archive', environment)) return {};
  const archive = once(async () =>
    openArchive(readArchiveLocation(environment), { archive: await fetchKeys('archive', environment) }),
  );
  return { manifests: { events, archive, period: archivePeriods(policy).manifests } };
};

/**
 * All ports of a run, on one Elasticsearch client.
 * @param pause how to wait before what seems to be missing is looked at again (milliseconds).
 * @param destroying how requests that destroy are sent; like the others, unless these must leave time for what follows them.
 */
export const elasticsearchPorts = (
  client: Client,
  policy: RetentionPolicy,
  requests: RequestPolicy,
  clock: () => Instant,
  destroying: RequestPolicy = requests,
  environment?: Readonly<Record<string, string | undefined>>,
  pause: (milliseconds: number) => Promise<void> = sleep,
): Ports & { readonly dateWriter: DateWriter; readonly witness: LedgerWitness; readonly ownRecords: OwnRecords } => {
  const own = ownRecords(client, requests, policy);
  const indicesOf = (category: string) => ownIndices(policy, category);
  const all = [...policy.categories.keys()];
  const archived = archivedEvents(environment);
  const subjectKeys = once(async () => ({ subject: await fetchKeys('subject', environment) }));
  const witness = new LedgerWitness(policy, {
    ...own,
    earlier: earlierRecords(client, requests, policy, own),
    elsewhere: (categories, now) => overdueElsewhere(client, requests, policy, categories, now),
    ...(archived !== undefined && { archivedEvents: archived }),
    subjectKeys,
    pause,
  });
  return {
    store: elasticsearchStore(client, requests, (category) =>
      (category === undefined ? all : [category]).map((id) => indicesOf(id).leases),
    ),
    remover: elasticsearchRemover(client, requests, destroying),
    leases: leasesByCategory(
      (category) => elasticsearchLeases(client, requests, clock, indicesOf(category).leases),
      () => ownCategories(client, requests, policy, 'leases'),
    ),
    reportStore: reportsByCategory((category) => elasticsearchReports(client, requests, indicesOf(category).reports)),
    dateWriter: elasticsearchDateWriter(client, requests),
    dueErasures: ledgerErasures({
      ...{ ledger: own.ledger, events: own.events, clock, policy, witness, newOpening, subjectKeys },
      ...manifestsOf(policy, own, environment),
    }),
    witness,
    ownRecords: own,
    clock,
  };
};
