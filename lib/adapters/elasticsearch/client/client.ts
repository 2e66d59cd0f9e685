import { Client, type ClientOptions } from '@elastic/elasticsearch';
import type { Connection } from '../../environment/credentials.ts';
import { parsingSources } from './parsed-sources.ts';
import { timingSearches } from './search-timeouts.ts';
import { judgingAnswers } from './whole-answers.ts';

/**
 * Creates a client with four properties: it overrides the cluster's search timeout, refuses incomplete answers, makes
 * Elasticsearch parse every document, and never retries by itself (only the caller knows what may be sent twice). It
 * keeps few connections open. Client 8.19 works with 8.19 and, through the compatibility header, with 9; servers of
 * version 8 refuse client 9.
 * @param overrides lets tests use their own connection.
 */
export const createClient = (connection: Connection, overrides: Partial<ClientOptions> = {}): Client =>
  judgingAnswers(
    timingSearches(
      parsingSources(
        new Client({
          node: connection.url,
          ...(connection.apiKey === undefined ? {} : { auth: { apiKey: connection.apiKey } }),
          ...(connection.user === undefined ? {} : { auth: connection.user }),
          ...(connection.ca === undefined ? {} : { tls: { ca: connection.ca } }),
          maxRetries: 0,
          enableMetaHeader: false,
          ...overrides,
        }),
      ),
    ),
  );
