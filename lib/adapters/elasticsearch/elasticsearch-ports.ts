import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@elastic/elasticsearch';
import { archivePeriods } from '../../erasure/archive-periods.ts';
import { ledgerDuties } from '../../erasure/erasure-duties.ts';
import { LedgerWitness } from '../../erasure/ledger-witness.ts';
import type { ManifestPorts } from '../../erasure/manifest.ts';
import type { Instant } from '../../policy/instant.ts';
import { ownIndices } from '../../policy/own-indices.ts';
import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import type { DocumentSettler } from '../../purge/document-settler.ts';
import type { Ports } from '../../purge/purge.ts';
import { archivedEvents, openArchive } from '../archive/open-archive.ts';
import { hasArchive, readArchiveLocation } from '../configuration.ts';
import { fetchKeys } from '../fetch-keys.ts';
import { hasKeys } from '../key-ring.ts';
import { once } from '../once.ts';
import { booksByCategory } from './books-by-category.ts';
import { earlierRecords } from './earlier-records.ts';
import { elasticsearchBooks } from './elasticsearch-books.ts';
import { elasticsearchLeases } from './elasticsearch-leases.ts';
import { elasticsearchRemover } from './elasticsearch-remover.ts';
import { elasticsearchSettler } from './elasticsearch-settler.ts';
import { elasticsearchStore } from './elasticsearch-store.ts';
import { leasesByCategory } from './leases-by-category.ts';
import { type OwnBooks, ownBooks } from './own-books.ts';
import { ownCategories } from './own-categories.ts';
import { newOpening } from './report-seal.ts';
import type { RequestPolicy } from './request.ts';

/** No single request takes longer, so that none outlives the lease it was sent under. */
export const REQUEST_MILLISECONDS = 60_000;

/** Where runs list which events the archive must hold; nowhere without an archive, or a key for it. */
const manifestsOf = (
  policy: RetentionPolicy,
  { events }: OwnBooks,
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
): Ports & { readonly settler: DocumentSettler; readonly witness: LedgerWitness; readonly ownBooks: OwnBooks } => {
  const own = ownBooks(client, requests, policy);
  const indicesOf = (category: string) => ownIndices(policy, category);
  const all = [...policy.categories.keys()];
  const archived = archivedEvents(environment);
  const subjectKeys = once(async () => ({ subject: await fetchKeys('subject', environment) }));
  const witness = new LedgerWitness(policy, {
    ...own,
    earlier: earlierRecords(client, requests, policy, own),
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
    books: booksByCategory((category) => elasticsearchBooks(client, requests, indicesOf(category).reports)),
    settler: elasticsearchSettler(client, requests),
    duties: ledgerDuties({
      ...{ ledger: own.ledger, events: own.events, clock, policy, witness, newOpening, subjectKeys },
      ...manifestsOf(policy, own, environment),
    }),
    witness,
    ownBooks: own,
    clock,
  };
};
