import type { Client } from '@elastic/elasticsearch';
import type { Instant } from '../../policy/instant.ts';
import type { RetentionPolicy } from '../../policy/retention-policy.ts';
import type { Ports } from '../../purge/purge.ts';
import { elasticsearchBooks } from './elasticsearch-books.ts';
import { elasticsearchLeases } from './elasticsearch-leases.ts';
import { elasticsearchRemover } from './elasticsearch-remover.ts';
import { elasticsearchStore } from './elasticsearch-store.ts';
import type { RequestPolicy } from './request.ts';

/** All ports of a run, on one Elasticsearch client. */
export const elasticsearchPorts = (
  client: Client,
  policy: RetentionPolicy,
  requests: RequestPolicy,
  clock: () => Instant,
): Ports => ({
  store: elasticsearchStore(client, requests),
  remover: elasticsearchRemover(client, requests),
  leases: elasticsearchLeases(client, requests, clock),
  books: elasticsearchBooks(client, requests, policy.reports.index),
  clock,
});
